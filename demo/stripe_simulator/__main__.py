"""The simulator as a program: `python -m demo.stripe_simulator --help`.

Every option can be given by the environment instead.
"""

import argparse
import logging
import os
import pathlib
import signal
import sys
import threading
from types import FrameType

from demo.stripe_simulator import server
from demo.stripe_simulator.endpoints import Endpoint

BAD_USAGE = 2


def main() -> int:
    """Run until interrupted or terminated; return the exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    options = _parser().parse_args()
    try:
        running = server.start(
            host=options.host,
            port=options.port,
            endpoints=_endpoints(options),
            state_file=options.state,
            public_url=options.public_url or None,
            allow_remote=options.allow_remote,
        )
    except (OSError, ValueError) as error:
        sys.stderr.write(f"stripe_simulator: {error}\n")
        return BAD_USAGE
    sys.stdout.write(f"Stripe simulator ready at {running.url}\n")
    sys.stdout.flush()
    _wait_for_signal()
    running.stop()
    return 0


def _wait_for_signal() -> None:
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    stopped.wait()


def _endpoints(options: argparse.Namespace) -> list[Endpoint]:
    if not options.webhook_url:
        return []
    return [Endpoint(options.webhook_url, tuple(options.webhook_secret))]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stripe_simulator", description=__doc__)
    add = parser.add_argument
    add("--host", default=_env("HOST", "127.0.0.1"), help="address to listen on")
    add("--port", type=int, default=_env("PORT", "12111"), help="0: any free one")
    add("--state", type=_state_file, default=_env("STATE"), help="SQLite file")
    add("--public-url", default=_env("PUBLIC_URL"), help="address in browsers")
    add("--webhook-url", default=_env("WEBHOOK_URL"), help="where events go")
    add(
        "--webhook-secret",
        action="append",
        default=_env("WEBHOOK_SECRET").split(",") if _env("WEBHOOK_SECRET") else [],
        help="signs events; may be given more than once",
    )
    add(
        "--allow-remote",
        action="store_true",
        default=bool(_env("ALLOW_REMOTE")),
        help="listen on an address that others can reach",
    )
    return parser


def _state_file(text: str) -> pathlib.Path | None:
    if not text:
        return None
    path = pathlib.Path(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _env(name: str, default: str = "") -> str:
    return os.environ.get(f"STRIPE_SIMULATOR_{name}", default)


if __name__ == "__main__":
    sys.exit(main())
