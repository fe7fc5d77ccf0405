"""Guards a simulator: every call it gets and every answer it gives is checked.

A call the contract refuses never reaches the simulator. It is answered the way
the API answers it, naming the parameter, and reported. A wrong answer still
goes out, and is reported too: it is the simulator's own mistake.
"""

import io
import json
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from demo.stripe_simulator import web
from demo.stripe_simulator.contract.check import (
    Contract,
    ContractError,
    UnknownOperationError,
)

PREFIXES = ("/v1/", "/v2/")


class Guard:
    """WSGI middleware around the API of the simulator."""

    def __init__(
        self,
        app: WSGIApplication,
        contract: Contract,
        report: Callable[[ContractError], None],
    ) -> None:
        """Wrap `app`; each violation is given to `report`."""
        self._app = app
        self._contract = contract
        self._report = report

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a request; only addresses of the API are checked."""
        if not environ["PATH_INFO"].startswith(PREFIXES):
            return self._app(environ, start_response)
        method, url = environ["REQUEST_METHOD"], _url(environ)
        try:
            self._contract.check_request(method, url, _read_body(environ))
        except ContractError as error:
            self._report(error)
            return _refuse(error, start_response)
        return self._checked_answer(environ, start_response, url)

    def _checked_answer(
        self, environ: WSGIEnvironment, start_response: StartResponse, url: str
    ) -> list[bytes]:
        status, names = 0, set()

        def remember(line: str, headers: list[tuple[str, str]], exc: Any = None) -> Any:
            nonlocal status, names
            status, names = int(line.partition(" ")[0]), {name for name, _ in headers}
            return start_response(line, headers, exc)

        body = b"".join(self._app(environ, remember))
        if web.SPOILED in names:
            return [body]
        try:
            method = environ["REQUEST_METHOD"]
            self._contract.check_response(method, url, status, body.decode())
        except ContractError as error:
            self._report(error)
        return [body]


def _url(environ: WSGIEnvironment) -> str:
    query = environ.get("QUERY_STRING", "")
    return f"{environ['PATH_INFO']}?{query}" if query else str(environ["PATH_INFO"])


def _read_body(environ: WSGIEnvironment) -> str:
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(raw)
    return str(raw.decode(errors="replace"))


def _refuse(error: ContractError, start_response: StartResponse) -> list[bytes]:
    is_unknown = isinstance(error, UnknownOperationError)
    status = "404 Not Found" if is_unknown else "400 Bad Request"
    answer = {"type": "invalid_request_error", "message": str(error)}
    found = {"param": error.param, "code": _code(error)}
    answer |= {key: value for key, value in found.items() if value}
    raw = json.dumps({"error": answer}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(raw)))]
    start_response(status, headers)
    return [raw]


def _code(error: ContractError) -> str | None:
    if "is a required property" in error.problem:
        return "parameter_missing"
    if "Additional properties" in error.problem:
        return "parameter_unknown"
    return None
