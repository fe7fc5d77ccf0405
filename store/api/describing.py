"""How an operation is described in the schema, whatever schema class a host prefers."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse, extend_schema

from store.api import problems
from store.api.serializers import values

_Method = TypeVar("_Method", bound=Callable[..., Any])


def describe(
    name: str, summary: str, *, tag: str, good: Any, bad: tuple[int, ...]
) -> Callable[[_Method], _Method]:
    """Return a decorator that describes the one method of a view."""
    describe_on = extend_schema(
        operation_id=name, summary=summary, tags=[tag], responses=_answers(good, bad)
    )

    def decorate(method: _Method) -> _Method:
        # Without this, extend_schema builds on the class in the host's settings.
        method.kwargs = {"schema": AutoSchema}  # type: ignore[attr-defined]
        return describe_on(method)

    return decorate


def _answers(good: Any, bad: tuple[int, ...]) -> dict[Any, Any]:
    problem = OpenApiResponse(values.ProblemSerializer, "A problem; see its code.")
    described = {(status, problems.CONTENT_TYPE): problem for status in (*bad, 429)}
    return {(200, "application/json"): good, **described}
