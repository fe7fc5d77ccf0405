"""The Idempotency-Key header: one effect and one answer for each key of a caller."""

import hashlib
import json

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

HEADER = "Idempotency-Key"
REPEATED_HEADER = "Idempotent-Replayed"
_LONGEST = 100

PARAMETER = OpenApiParameter(
    name=HEADER,
    location=OpenApiParameter.HEADER,
    required=True,
    description=(
        "A new random text for each new request, 1 to 100 printable characters. The "
        "same key with the same request gets the first answer again, for a day."
    ),
    type={"type": "string", "minLength": 1, "maxLength": _LONGEST},
)


def read_key(request: Request) -> str:
    """Return the caller's key.

    Raises:
        ValidationError: it is missing, too long, or has odd characters.
    """
    key = str(request.headers.get(HEADER, ""))
    if not key:
        raise _bad_key("This header is required: a new random text for each request.")
    if len(key) > _LONGEST or not (key.isascii() and key.isprintable()):
        raise _bad_key(f"1 to {_LONGEST} printable ASCII characters.")
    return key


def digest_of(request: Request) -> str:
    """Return the same for equal requests, and something else for any other."""
    asked = [request.method, request.path, request.data]
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _bad_key(message: str) -> serializers.ValidationError:
    return serializers.ValidationError({HEADER: [message]})
