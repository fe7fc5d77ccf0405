"""Reads the form bodies of the API back into values.

A form carries text only; the schema says which text is a number, a truth
value, a list or an object.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from demo.stripe_simulator.json_types import JsonObject, Schema

KEY_PART = re.compile(r"\[([^\[\]]*)\]")
READERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "integer": (r"-?\d+", int),
    "number": (r"-?\d+(\.\d+)?", float),
    "boolean": (r"true|false", lambda text: text == "true"),
}


class FormError(ValueError):
    """A key is sent twice, or both as a value and as an object."""

    def __init__(self, key: str, problem: str) -> None:
        """Name the key and what is wrong with it."""
        super().__init__(f"{key}: {problem}")
        self.key = key


def unflatten(pairs: Iterable[tuple[str, str]]) -> JsonObject:
    """Return nested values: `a[b][0]=x` becomes `{"a": {"b": ["x"]}}`.

    Raises:
        FormError: A key is sent twice, or as a value and as an object.
    """
    root: JsonObject = {}
    seen: set[str] = set()
    for key, value in pairs:
        if key in seen and not key.endswith("[]"):
            raise FormError(key, "parameter sent twice")
        seen.add(key)
        _put(root, key, value)
    return {key: _with_lists(value) for key, value in root.items()}


def _put(root: JsonObject, key: str, value: str) -> None:
    head, bracket, rest = key.partition("[")
    *path, last = [head, *KEY_PART.findall(bracket + rest)]
    node: Any = root
    for part in path:
        node = node.setdefault(part or str(len(node)), {})
        if not isinstance(node, dict):
            raise FormError(key, "both a value and an object")
    last = last or str(len(node))
    if isinstance(node.get(last), dict):
        raise FormError(key, "both a value and an object")
    node[last] = value


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    values = {key: _with_lists(value) for key, value in node.items()}
    places = [str(place) for place in range(len(values))]
    if values and sorted(values) == sorted(places):
        return [values[place] for place in places]
    return values


class Typing:
    """Gives form values the types their schema asks for."""

    def __init__(
        self,
        dereference: Callable[[Schema], Schema],
        fits: Callable[[Any, Schema], bool],
    ) -> None:
        """Keep how to follow a reference and how to try one of several forms."""
        self._dereference = dereference
        self._fits = fits

    def read(self, value: Any, schema: Schema) -> Any:
        """Return `value` typed; text that does not fit stays text."""
        schema = self._dereference(schema)
        if "anyOf" in schema:
            return self._read_any(value, schema["anyOf"])
        kind = schema.get("type", "")
        if isinstance(value, str) and kind in READERS:
            pattern, read = READERS[kind]
            return read(value) if re.fullmatch(pattern, value) else value
        if isinstance(value, list) and kind == "array":
            return [self.read(inner, schema["items"]) for inner in value]
        if isinstance(value, dict) and kind == "object":
            return self._read_object(value, schema)
        return value

    def _read_any(self, value: Any, options: list[Schema]) -> Any:
        """Read as the first form that fits; an empty text means "unset"."""
        if value == "":
            return value
        readings = [self.read(value, option) for option in options]
        for reading, option in zip(readings, options, strict=True):
            if self._fits(reading, option):
                return reading
        return readings[0]

    def _read_object(self, value: JsonObject, schema: Schema) -> JsonObject:
        known = schema.get("properties", {})
        others = schema.get("additionalProperties")
        typed = {}
        for key, inner in value.items():
            rule = known.get(key, others)
            typed[key] = self.read(inner, rule) if isinstance(rule, dict) else inner
        return typed
