"""Errors in one shape: application/problem+json with code, message and fields."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from rest_framework import exceptions, views
from rest_framework.response import Response

CONTENT_TYPE = "application/problem+json"

_MESSAGES = {
    HTTPStatus.BAD_REQUEST: "Something in the request is wrong; see fields.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address can only be read.",
    HTTPStatus.NOT_ACCEPTABLE: "The answer is JSON; ask for application/json.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; wait as Retry-After says.",
}


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception of the API into a problem; None leaves it to Django."""
    response = views.exception_handler(error, context)
    if response is None:
        return None
    status = HTTPStatus(response.status_code)
    response.data = {
        "status": int(status),
        "title": status.phrase,
        "code": _code(status, error),
        "message": _MESSAGES.get(status, status.phrase),
        "fields": _fields(error),
    }
    response.content_type = CONTENT_TYPE
    return response


def _code(status: HTTPStatus, error: Exception) -> str:
    if isinstance(error, exceptions.APIException):
        return str(error.default_code)
    return status.name.lower()


def _fields(error: Exception) -> dict[str, list[str]]:
    """Return the messages by field; all our checks name the field they are about."""
    detail = getattr(error, "detail", None)
    if not isinstance(detail, Mapping):
        return {}
    return {name: [str(message) for message in found] for name, found in detail.items()}
