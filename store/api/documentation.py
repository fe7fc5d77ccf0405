"""The schema as a file, and the same schema as a page that people can read.

The page is written by the server from the schema itself: no script, no outside
request, nothing that a strict content security policy would have to allow.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular import renderers
from rest_framework.request import Request
from rest_framework.response import Response

from store.api import schema as schemas
from store.api.views import base

_REFERENCE = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class TypeView:
    """A type in words, and the shape it names, if any."""

    text: str
    shape: str = ""


@dataclass(frozen=True, slots=True)
class FieldView:
    """A parameter, or a property of a shape."""

    name: str
    type: TypeView
    description: str
    place: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer that an operation can give."""

    status: str
    description: str
    type: TypeView


@dataclass(frozen=True, slots=True)
class OperationView:
    """One thing that can be asked."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[FieldView, ...]
    body: TypeView | None
    answers: tuple[AnswerView, ...]


@dataclass(frozen=True, slots=True)
class ShapeView:
    """One named shape of data."""

    name: str
    description: str
    fields: tuple[FieldView, ...]
    values: tuple[str, ...]


class SchemaView(base.StoreView):
    """The OpenAPI 3.1 schema, as YAML, or as JSON for those who ask for it."""

    # The schema does not describe itself.
    schema = None  # type: ignore[assignment]  # DRF's own way to say so.
    renderer_classes = [
        renderers.OpenApiYamlRenderer,
        renderers.OpenApiYamlRenderer2,
        renderers.OpenApiJsonRenderer,
        renderers.OpenApiJsonRenderer2,
    ]

    def get(self, request: Request) -> Response:
        """Answer the schema."""
        return Response(schemas.read_schema())


@require_safe
def show_docs(request: HttpRequest) -> HttpResponse:
    """Show every operation and every shape of the API."""
    document = schemas.read_schema()
    context = {
        "info": document["info"],
        "server": document["servers"][0]["url"],
        "operations": list(_operations(document["paths"])),
        "shapes": list(_shapes(document["components"]["schemas"])),
    }
    return render(request, "store/api_docs.html", context)


def _operations(paths: Mapping[str, Any]) -> Iterator[OperationView]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield OperationView(
                name=operation["operationId"],
                method=method.upper(),
                path=path,
                summary=operation.get("summary", operation["operationId"]),
                description=operation.get("description", ""),
                parameters=tuple(map(_parameter, operation.get("parameters", []))),
                body=_body(operation.get("requestBody")),
                answers=tuple(_answers(operation["responses"])),
            )


def _parameter(parameter: Mapping[str, Any]) -> FieldView:
    return FieldView(
        name=parameter["name"],
        type=_type(parameter["schema"]),
        description=parameter.get("description", ""),
        place=parameter["in"],
        is_required=parameter.get("required", False),
    )


def _body(body: Mapping[str, Any] | None) -> TypeView | None:
    if body is None:
        return None
    (content,) = body["content"].values()
    return _type(content["schema"])


def _answers(responses: Mapping[str, Any]) -> Iterator[AnswerView]:
    for status, response in responses.items():
        for content in response.get("content", {}).values():
            yield AnswerView(
                status=status,
                description=response.get("description", ""),
                type=_type(content["schema"]),
            )


def _shapes(schemas: Mapping[str, Any]) -> Iterator[ShapeView]:
    for name, shape in schemas.items():
        required = shape.get("required", [])
        yield ShapeView(
            name=name,
            description=shape.get("description", ""),
            fields=tuple(
                _property(key, value, is_required=key in required)
                for key, value in shape.get("properties", {}).items()
            ),
            values=tuple(str(value) for value in shape.get("enum", [])),
        )


def _property(name: str, value: Mapping[str, Any], *, is_required: bool) -> FieldView:
    return FieldView(
        name=name,
        type=_type(value),
        description=value.get("description", ""),
        is_required=is_required,
    )


def _type(value: Mapping[str, Any]) -> TypeView:
    """Put a schema into words; the shape it leads to is found under its lists."""
    if "$ref" in value:
        name = value["$ref"].removeprefix(_REFERENCE)
        return TypeView(name, shape=name)
    for word in ("oneOf", "anyOf", "allOf"):
        if word in value:
            return _either([_type(part) for part in value[word]])
    if value.get("type") == "array":
        return _wrap("list of {}", _type(value["items"]))
    if isinstance(value.get("additionalProperties"), Mapping):
        return _wrap("by name: {}", _type(value["additionalProperties"]))
    return TypeView(_plain(value))


def _either(parts: list[TypeView]) -> TypeView:
    shapes = [part.shape for part in parts if part.shape]
    return TypeView(" or ".join(part.text for part in parts), shape="".join(shapes[:1]))


def _wrap(words: str, inner: TypeView) -> TypeView:
    return TypeView(words.format(inner.text), shape=inner.shape)


def _plain(value: Mapping[str, Any]) -> str:
    if "enum" in value:
        return "one of " + ", ".join(str(choice) for choice in value["enum"])
    kind = value.get("type", "anything")
    words = kind if isinstance(kind, str) else " or ".join(kind)
    return f"{words} ({value['format']})" if "format" in value else words
