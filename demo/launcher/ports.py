"""Finds ports that nobody listens on."""

import contextlib
import socket

HOST = "127.0.0.1"
TRIES = 100


class NoFreePortError(Exception):
    """No free port near the wanted one: another `--port` will do."""


def find_free_port(wanted: int, *, taken: set[int]) -> int:
    """Return the wanted port, or the next one that is free and not in `taken`.

    Raises:
        NoFreePortError: a hundred ports in a row are busy.
    """
    for port in range(wanted, min(wanted + TRIES, 65536)):
        if port not in taken and _is_free(port):
            return port
    raise NoFreePortError(f"No free port from {wanted} on; choose another with --port.")


def _is_free(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        probe.settimeout(0.5)
        # Where binding beside a listener on all addresses is allowed, asking shows it.
        if probe.connect_ex((HOST, port)) == 0:
            return False
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
