"""Errors in one shape: application/problem+json with code, message and fields."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from rest_framework import exceptions, views
from rest_framework.response import Response
from rest_framework.settings import api_settings

from store.api import refusals

CONTENT_TYPE = "application/problem+json"

_MESSAGES = {
    HTTPStatus.BAD_REQUEST: "Something in the request is wrong; see fields.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method; see Allow.",
    HTTPStatus.NOT_ACCEPTABLE: "The answer is JSON; ask for application/json.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is JSON; send application/json.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; wait as Retry-After says.",
}


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception of the API or a service into a problem; None leaves it."""
    if isinstance(error, refusals.KNOWN):
        names = getattr(context.get("view"), "field_names", {})
        error = refusals.refuse(error, names)
    response = views.exception_handler(error, context)
    if response is None:
        return None
    response.data = body_of(error, response.status_code)
    response.content_type = CONTENT_TYPE
    return response


def body_of(error: Exception, status_code: int) -> dict[str, Any]:
    """Return the problem that tells of an error."""
    status = HTTPStatus(status_code)
    return {
        "status": int(status),
        "title": status.phrase,
        "code": _code(status, error),
        "message": _message(status, error),
        "fields": _fields(getattr(error, "detail", None)),
    }


def _code(status: HTTPStatus, error: Exception) -> str:
    if isinstance(error, exceptions.APIException):
        return str(error.default_code)
    return status.name.lower()


def _message(status: HTTPStatus, error: Exception) -> str:
    if isinstance(error, refusals.RefusedError):
        return error.message
    detail = getattr(error, "detail", "")
    if isinstance(error, exceptions.ParseError) or status not in _MESSAGES:
        return str(detail) if isinstance(detail, str) else status.phrase
    return _MESSAGES[status]


def _fields(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Return the messages by the path of their field, as amount.currency, lines.0."""
    if isinstance(detail, Mapping):
        return _below(detail.items(), path)
    if isinstance(detail, list) and any(isinstance(one, Mapping) for one in detail):
        return _below(enumerate(detail), path)
    if isinstance(detail, list) and path:
        return {path: [str(message) for message in detail]}
    return {}


def _below(parts: Any, path: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, detail in parts:
        found |= _fields(detail, _join(path, str(name)))
    return found


def _join(path: str, name: str) -> str:
    # A nested value that is no object at all is told of the value itself.
    if path and name == api_settings.NON_FIELD_ERRORS_KEY:
        return path
    return f"{path}.{name}" if path else name
