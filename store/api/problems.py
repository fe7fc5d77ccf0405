"""Errors in one shape: application/problem+json with code, message and fields."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from rest_framework import exceptions, views
from rest_framework.response import Response

CONTENT_TYPE = "application/problem+json"
# DRF's name for errors that belong to no single field.
_GENERAL = "non_field_errors"

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
    fields = _fields(response.data) if _is_invalid(error) else {}
    response.data = _problem(HTTPStatus(response.status_code), error, fields)
    response.content_type = CONTENT_TYPE
    return response


def _problem(
    status: HTTPStatus, error: Exception, fields: dict[str, list[str]]
) -> dict[str, Any]:
    general = fields.pop(_GENERAL, [])
    return {
        "status": int(status),
        "title": status.phrase,
        "code": _code(status, error),
        "message": " ".join(general) or _MESSAGES.get(status, status.phrase),
        "fields": fields,
    }


def _is_invalid(error: Exception) -> bool:
    return isinstance(error, exceptions.ValidationError)


def _code(status: HTTPStatus, error: Exception) -> str:
    if isinstance(error, exceptions.APIException):
        return str(error.default_code)
    return status.name.lower()


def _fields(detail: Any) -> dict[str, list[str]]:
    """Return the messages by field; a bare list belongs to none."""
    if not isinstance(detail, Mapping):
        return {_GENERAL: [str(message) for message in detail]}
    return {
        name: [str(message) for message in messages]
        for name, messages in detail.items()
    }
