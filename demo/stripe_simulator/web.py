"""Requests and answers, between WSGI and the parts that answer."""

import dataclasses
import http
import json
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = 1_000_000
# Where the server keeps the socket of a request, so that it can be reset.
CONNECTION = "stripe_simulator.connection"
# Marks an answer that is spoiled on purpose.
SPOILED = "Simulator-Fault"


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """One request, read whole; header names are lowercase."""

    method: str
    path: str
    query: str = ""
    body: str = ""
    headers: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def url(self) -> str:
        """Return path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def form(self) -> dict[str, str]:
        """Return the fields of a form; the last one of a name counts."""
        return dict(parse_qsl(self.body, keep_blank_values=True))

    def wants_page(self) -> bool:
        """Say whether a browser is asking."""
        return "text/html" in self.headers.get("accept", "")


@dataclasses.dataclass(frozen=True, slots=True)
class Response:
    """One answer."""

    status: int
    body: bytes
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


# No answer at all: the connection is reset.
CUT_OFF = Response(0, b"")


def answer_json(
    value: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return a JSON answer."""
    kind = {"Content-Type": "application/json"}
    return Response(status, json.dumps(value).encode(), kind | (headers or {}))


def halved(response: Response) -> Response:
    """Return the first half of an answer, sent as if it were all of it."""
    half = response.body[: len(response.body) // 2]
    spoiled = {SPOILED: "truncated"}
    return Response(response.status, half, response.headers | spoiled)


def redirect(url: str) -> Response:
    """Return the answer that sends a browser on after a form."""
    return Response(303, b"", {"Location": url})


def origin_of(url: str) -> str:
    """Return scheme and host of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def wsgi(answer: Callable[[Request], Response]) -> WSGIApplication:
    """Return the WSGI application for a function from request to answer."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = answer(_read(environ))
        if not response.status:
            _cut_off(environ)
        phrase = http.HTTPStatus(response.status).phrase
        length = {"Content-Length": str(len(response.body))}
        headers = list((response.headers | length).items())
        start_response(f"{response.status} {phrase}", headers)
        return [response.body]

    return app


def _cut_off(environ: WSGIEnvironment) -> None:
    """Reset the connection instead of answering; the server then says no more."""
    connection = environ.get(CONNECTION)
    if connection:
        option = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
    raise ConnectionResetError("Ordered by a fault")


def _read(environ: WSGIEnvironment) -> Request:
    size = min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST_BODY)
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO") or "/",
        query=environ.get("QUERY_STRING", ""),
        body=environ["wsgi.input"].read(size).decode(errors="replace"),
        headers=headers,
    )
