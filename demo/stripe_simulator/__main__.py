"""The simulator as a program: `python -m demo.stripe_simulator --help`.

Every option but the endpoints can be given by the environment instead.
"""

import argparse
import logging
import os
import pathlib
import signal
import sys
import threading
from types import FrameType
from typing import Any

from demo.stripe_simulator import server
from demo.stripe_simulator.endpoints import Endpoint

BAD_USAGE = 2
ABOUT = """\
A Stripe account that exists only on this machine. It speaks the API version of the
installed SDK over HTTP, shows the page on which a buyer pays, sends signed webhooks,
and has every accident on order. No money moves, and live keys are refused.
"""
EPILOG = """\
Every option has a variable: --public-url is STRIPE_SIMULATOR_PUBLIC_URL, and so on.
Open /control/ in a browser, or read /control/help: cards, accidents, the clock.

Examples:
  python -m demo.stripe_simulator --port 12111
  python -m demo.stripe_simulator --state var/stripe.sqlite3 \\
      --webhook-url http://127.0.0.1:8000/webhooks/stripe/ --webhook-secret whsec_x
  curl -X POST http://127.0.0.1:12111/control/clock -d move_days=1

Exit codes: 0 stopped as asked; 2 the options are wrong or the port is taken.
"""


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
            past_file=options.past,
            seed=options.seed,
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
    """Return where events go.

    Raises:
        ValueError: An address is none, or has no secret.
    """
    own = [*options.endpoint]
    if options.webhook_url:
        own.append((options.webhook_url, ",".join(options.webhook_secret)))
    connect = [_endpoint(*pair, is_connect=True) for pair in options.connect_endpoint]
    return [*(_endpoint(*pair, is_connect=False) for pair in own), *connect]


def _endpoint(url: str, secrets: str, *, is_connect: bool) -> Endpoint:
    given = tuple(part for part in secrets.split(",") if part)
    return Endpoint(url, given, is_connect=is_connect)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m demo.stripe_simulator",
        description=ABOUT,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_addresses(parser)
    _add_webhooks(parser)
    _add_state(parser)
    return parser


def _add_addresses(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("where it listens").add_argument
    add("--host", default=_env("HOST", "127.0.0.1"), help="default 127.0.0.1")
    add("--port", type=int, default=_env("PORT", "12111"), help="0: any free one")
    add("--public-url", default=_env("PUBLIC_URL"), help="its address in browsers")
    add(
        "--allow-remote",
        action="store_true",
        default=bool(_env("ALLOW_REMOTE")),
        help="listen on an address that others can reach",
    )


def _add_webhooks(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("where events go").add_argument
    add("--webhook-url", default=_env("WEBHOOK_URL"), help="the shop's webhook")
    add(
        "--webhook-secret",
        action="append",
        default=_env("WEBHOOK_SECRET").split(",") if _env("WEBHOOK_SECRET") else [],
        help="signs its events; may be given more than once",
    )
    pair: dict[str, Any] = {
        "nargs": 2,
        "action": "append",
        "default": [],
        "metavar": ("URL", "SECRETS"),
    }
    add("--endpoint", **pair, help="one more, its secrets joined by commas")
    add("--connect-endpoint", **pair, help="one for events of connected accounts")


def _add_state(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("what it knows").add_argument
    add("--state", type=_state_file, default=_env("STATE"), help="SQLite file")
    add(
        "--past",
        type=_path,
        default=_env("PAST"),
        help="JSON lines of payments made elsewhere, read when it changes",
    )
    add("--seed", default=_env("SEED"), help="lets ids repeat from run to run")


def _path(text: str) -> pathlib.Path | None:
    return pathlib.Path(text) if text else None


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
