"""How an operation is described in the schema, whatever schema class a host prefers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)

from store.api import problems
from store.api.serializers import values

_Method = TypeVar("_Method", bound=Callable[..., Any])

# Names of the security schemes in `schema.SETTINGS`.
STAFF: tuple[dict[str, list[str]], ...] = ({"session": []}, {"token": []})


@dataclass(frozen=True, slots=True)
class Details:
    """What an operation needs beside its answers; `auth` names security schemes."""

    body: Any = None
    status: int = 200
    parameters: tuple[Any, ...] = ()
    examples: tuple[OpenApiExample, ...] = ()
    auth: tuple[Any, ...] = ()


def describe(
    name: str,
    summary: str,
    *,
    tag: str,
    good: Any,
    bad: tuple[int, ...],
    details: Details | None = None,
) -> Callable[[_Method], _Method]:
    """Return a decorator that describes the one method of a view."""
    more = details or Details()
    describe_on = extend_schema(
        operation_id=name,
        summary=summary,
        tags=[tag],
        request=more.body,
        responses=_answers(more.status, good, bad),
        parameters=list(more.parameters),
        examples=list(more.examples),
        auth=list(more.auth),
    )

    def decorate(method: _Method) -> _Method:
        # Without this, extend_schema builds on the class in the host's settings.
        method.kwargs = {"schema": AutoSchema}  # type: ignore[attr-defined]
        return describe_on(method)

    return decorate


def request_example(name: str, value: Any) -> OpenApiExample:
    """Return an example of a body that is sent."""
    return OpenApiExample(name, value, request_only=True)


def answer_example(name: str, value: Any, status: int = 200) -> OpenApiExample:
    """Return an example of a body that is answered."""
    return OpenApiExample(name, value, response_only=True, status_codes=[str(status)])


def problem_example(name: str, value: Any) -> OpenApiExample:
    """Return an example of a problem."""
    return OpenApiExample(
        name,
        value,
        response_only=True,
        media_type=problems.CONTENT_TYPE,
        status_codes=[str(value["status"])],
    )


def path_text(name: str, description: str) -> OpenApiParameter:
    """Describe a part of the address that no column of the view's model describes."""
    return OpenApiParameter(
        name, str, OpenApiParameter.PATH, required=True, description=description
    )


def _answers(status: int, good: Any, bad: tuple[int, ...]) -> dict[Any, Any]:
    problem = OpenApiResponse(values.ProblemSerializer, "A problem; see its code.")
    described = {(code, problems.CONTENT_TYPE): problem for code in (*bad, 429)}
    return {(status, "application/json"): good, **described}
