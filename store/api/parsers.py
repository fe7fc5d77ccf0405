"""What a body may be: JSON of a size that a form could have."""

import io
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

from rest_framework import exceptions, parsers

LARGEST_BODY = 64 * 1024


class TooLargeError(exceptions.APIException):
    """The body is larger than anything that this API is asked for."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = f"The body is larger than {LARGEST_BODY} bytes."


class BodyParser(parsers.JSONParser):
    """Reads JSON, and no more bytes than it may have."""

    # Else a host's setting would let NaN through, which no database takes.
    strict = True

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what the body says.

        Raises:
            TooLargeError: there is too much of it.
            ParseError: it is no JSON, or lists in lists without end.
        """
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise TooLargeError
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError("Too many lists in lists.") from error
