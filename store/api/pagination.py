"""Pages that begin after the last row of the page before: no OFFSET, no COUNT.

DRF's own cursor remembers one column and steps over equal values by an offset, which
loses rows when many items have one price. This one remembers the whole place.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, Model, Q, QuerySet
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from store.api import addresses

PAGE_SIZE = 24
_LARGEST_PAGE = 100


class KeysetPagination(BasePagination):
    """Forward pages of one order; the view names its orders in `orderings`.

    Each order maps its public name to columns that all go one way and end in a
    unique one.
    """

    next_url: str | None = None

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any]:
        """Return the rows of the page that the request asks for.

        Raises:
            ValidationError: `page_size` or `cursor` cannot be used.
        """
        orderings: Mapping[str, Sequence[str]] = view.orderings
        name = _read_ordering(request, orderings)
        columns = orderings[name]
        size = _read_size(request)
        rows = list(_from_cursor(queryset, request, name, columns)[: size + 1])
        page = rows[:size]
        if len(rows) > size:
            self.next_url = _next_url(request, _write_cursor(name, columns, page[-1]))
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """Return the rows and the address of the next page."""
        return Response({"next": self.next_url, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the answer for the schema."""
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "The next page; null on the last one.",
                },
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the parameters for the schema."""
        return [
            _parameter(
                "cursor",
                "Where the page begins; taken from the answer before, never made up.",
                {"type": "string"},
            ),
            _parameter(
                "page_size",
                "Rows in a page.",
                {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": _LARGEST_PAGE,
                    "default": PAGE_SIZE,
                },
            ),
            _parameter(
                "ordering",
                "The order of the rows.",
                {
                    "type": "string",
                    "enum": list(view.orderings),
                    "default": next(iter(view.orderings)),
                },
            ),
        ]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }


def _read_ordering(request: Request, orderings: Mapping[str, Sequence[str]]) -> str:
    name = request.query_params.get("ordering") or next(iter(orderings))
    if name not in orderings:
        allowed = ", ".join(orderings)
        raise serializers.ValidationError({"ordering": [f"One of: {allowed}."]})
    return name


def _read_size(request: Request) -> int:
    text = request.query_params.get("page_size", str(PAGE_SIZE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _LARGEST_PAGE):
        message = f"A whole number from 1 to {_LARGEST_PAGE}."
        raise serializers.ValidationError({"page_size": [message]})
    return int(text)


def _from_cursor(
    queryset: QuerySet[Any], request: Request, name: str, columns: Sequence[str]
) -> QuerySet[Any]:
    cursor = request.query_params.get("cursor")
    ordered = queryset.order_by(*columns)
    if not cursor:
        return ordered
    return _after(ordered, columns, _read_cursor(cursor, name, columns, queryset.model))


def _after(
    queryset: QuerySet[Any], columns: Sequence[str], place: Sequence[Any]
) -> QuerySet[Any]:
    """Keep the rows after `place`; the first condition is the index's range."""
    later = "lt" if columns[0].startswith("-") else "gt"
    names = [column.removeprefix("-") for column in columns]
    beyond = Q()
    for index, name in enumerate(names):
        same = dict(zip(names[:index], place, strict=False))
        beyond |= Q(**same, **{f"{name}__{later}": place[index]})
    return queryset.filter(**{f"{names[0]}__{later}e": place[0]}).filter(beyond)


def _write_cursor(name: str, columns: Sequence[str], row: Model) -> str:
    place = [row.serializable_value(column.removeprefix("-")) for column in columns]
    text = json.dumps([name, *place], default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(
    cursor: str, name: str, columns: Sequence[str], model: type[Model]
) -> list[Any]:
    """Return the place in a cursor that was made for this very order."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_for, *place = json.loads(base64.b64decode(padded, "-_", validate=True))
        if made_for != name:
            raise _bad_cursor()
        return [
            _read_place(model, column, value)
            for column, value in zip(columns, place, strict=True)
        ]
    except (ValueError, TypeError, ValidationError) as error:
        raise _bad_cursor() from error


def _read_place(model: type[Model], column: str, value: Any) -> Any:
    field = model._meta.get_field(column.removeprefix("-"))
    key = field.target_field if isinstance(field, ForeignKey) else field
    place = cast("Field[Any, Any]", key).to_python(value)
    if place is None:
        raise ValueError("a place has no gaps")
    return place


def _bad_cursor() -> serializers.ValidationError:
    message = "This cursor was not made for this list: follow next, or start anew."
    return serializers.ValidationError({"cursor": [message]})


def _next_url(request: Request, cursor: str) -> str:
    query = request.query_params.copy()
    query["cursor"] = cursor
    pairs = [(name, value) for name in query for value in query.getlist(name)]
    return addresses.absolute(f"{request.path}?{urlencode(pairs)}")
