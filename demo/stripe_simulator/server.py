"""Runs the simulator: in this process for tests, or as a program of its own."""

import dataclasses
import pathlib
import socket
import socketserver
import struct
import threading
from collections.abc import Sequence
from typing import Any, Literal
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from demo.stripe_simulator import web
from demo.stripe_simulator.app import make_app
from demo.stripe_simulator.background import Background
from demo.stripe_simulator.endpoints import Endpoint
from demo.stripe_simulator.simulator import Simulator

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class RemoteAddressError(ValueError):
    """The simulator would be reachable from elsewhere; it is not made for that.

    Bind a loopback address, or say that you mean it with `--allow-remote`.
    """


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """A small server, one thread for each request."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one to be reset is not ended politely first."""
        lingers = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        if struct.unpack("ii", lingers)[0]:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def server_bind(self) -> None:
        """Bind without asking for the name of the machine, which may take long."""
        socketserver.TCPServer.server_bind(self)
        self.server_name = str(self.server_address[0])
        self.server_port = int(self.server_address[1])
        self.setup_environ()


class _Handler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        """Add the socket, which a fault may reset."""
        return {**super().get_environ(), web.CONNECTION: self.connection}

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the control page lists the calls."""


@dataclasses.dataclass(slots=True)
class RunningSimulator:
    """A simulator that answers at `url` until it is stopped."""

    url: str
    simulator: Simulator
    server: Server
    background: Background

    def stop(self) -> None:
        """Stop answering and delivering, and close the state."""
        self.server.shutdown()
        self.server.server_close()
        self.background.stop()
        self.simulator.state.close()


def start(  # noqa: PLR0913  what the command line offers
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    endpoints: Sequence[Endpoint] = (),
    state_file: pathlib.Path | None = None,
    past_file: pathlib.Path | None = None,
    seed: str = "",
    public_url: str | None = None,
    mode: Literal["auto", "manual"] = "auto",
    allow_remote: bool = False,
) -> RunningSimulator:
    """Start a simulator in threads of this process; port 0 means any free one.

    Raises:
        RemoteAddressError: The host is no loopback address.
    """
    if host not in LOOPBACK and not allow_remote:
        raise RemoteAddressError(f"{host} can be reached from elsewhere")
    server = Server((host, port), _Handler)
    url = f"http://{host}:{server.server_port}"
    simulator = Simulator(
        public_url=(public_url or url).rstrip("/"),
        endpoints=endpoints,
        state_file=state_file,
        past_file=past_file,
        seed=seed,
    )
    simulator.deliveries.mode = mode
    server.set_app(make_app(simulator))
    background = Background(simulator)
    background.start()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return RunningSimulator(url, simulator, server, background)
