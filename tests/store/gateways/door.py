"""A door in front of the simulator that can slam, and writes down what passes.

It carries bytes and knows nothing of Stripe: the real SDK still talks to the simulator.
"""

import contextlib
import socket
import socketserver
import struct
import threading
from urllib.parse import urlsplit

# Closing with this option resets the connection instead of ending it politely.
RESET = struct.pack("ii", 1, 0)


class Door(socketserver.ThreadingTCPServer):
    """Passes connections on to `url`, after resetting the first `slams` of them."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, url):
        super().__init__(("127.0.0.1", 0), _Passage)
        self.target = urlsplit(url)
        self.slams = 0
        self.connections = 0
        self.sent = b""
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        """Return the address to use instead of the simulator's."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Passage(socketserver.BaseRequestHandler):
    def handle(self):
        """Pass one connection on, or slam the door on it."""
        self.server.connections += 1
        if self.server.slams > 0:
            self.server.slams -= 1
            self.request.recv(1)
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            return
        target = self.server.target
        with socket.create_connection((target.hostname, target.port)) as inside:
            threading.Thread(
                target=_pump, args=(inside, self.request), daemon=True
            ).start()
            _pump(self.request, inside, self._write_down)

    def _write_down(self, data):
        self.server.sent += data


def _pump(source, target, note=lambda data: None):
    """Carry bytes one way until either side is gone."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            note(data)
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
