"""Turns one type annotation of the SDK into a JSON Schema.

Names are not resolved here: whoever knows the modules passes a function for it.
"""

import ast
from collections.abc import Callable

from demo.stripe_simulator.json_types import Schema

NULL: Schema = {"nullable": True}
SCALARS: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "float": {"type": "number"},
    "Decimal": {"type": "string", "format": "decimal"},
    "Any": {},
    "object": {},
    "StripeObject": {"type": "object"},
    "UploadFile": {"type": "string", "format": "binary"},
}


class Annotations:
    """Convert annotations, asking `resolve` for every name that is no scalar."""

    def __init__(self, resolve: Callable[[str], Schema]) -> None:
        """Keep the function that turns a class name into a schema."""
        self._resolve = resolve
        self._generic: dict[str, Callable[[list[ast.expr]], Schema]] = {
            "NotRequired": lambda args: self.convert(args[0]),
            "Optional": lambda args: nullable(self.convert(args[0])),
            "Union": self._union,
            "Literal": _literal,
            "List": self._array,
            "list": self._array,
            "Sequence": self._array,
            "Dict": lambda args: self._mapping(args[1]),
            "dict": lambda args: self._mapping(args[1]),
            "Mapping": lambda args: self._mapping(args[1]),
            "UntypedStripeObject": lambda args: self._mapping(args[0]),
            "ListObject": lambda args: list_of(self.convert(args[0])),
            "SearchResultObject": self._search_result,
            "ExpandableField": self._expandable,
        }

    def convert(self, node: ast.expr) -> Schema:
        """Return the schema of an annotation; an unknown form allows anything."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self.convert(unquote(node))
        if isinstance(node, ast.Constant) and node.value is None:
            return dict(NULL)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._union([node])
        if isinstance(node, ast.Name | ast.Attribute):
            return self._name(ast.unparse(node))
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        return {}

    def _name(self, name: str) -> Schema:
        return dict(SCALARS[name]) if name in SCALARS else self._resolve(name)

    def _subscript(self, node: ast.Subscript) -> Schema:
        head = ast.unparse(node.value).split(".")[-1]
        inner = node.slice
        args = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        convert = self._generic.get(head)
        return convert(args) if convert else {}

    def _array(self, args: list[ast.expr]) -> Schema:
        return {"type": "array", "items": self.convert(args[0])}

    def _mapping(self, value: ast.expr) -> Schema:
        inner = self.convert(value)
        return {"type": "object", "additionalProperties": inner or True}

    def _search_result(self, args: list[ast.expr]) -> Schema:
        return list_of(self.convert(args[0]), kind="search_result")

    def _expandable(self, args: list[ast.expr]) -> Schema:
        identifier = {"type": "string", "maxLength": 5000}
        return {"anyOf": [identifier, self.convert(args[0])]}

    def _union(self, nodes: list[ast.expr]) -> Schema:
        flat = [part for node in nodes for part in _flatten(node)]
        converted = [self.convert(node) for node in flat]
        parts = _distinct([part for part in converted if part != NULL])
        merged = _open_enum(parts) or _any_of(parts)
        return nullable(merged) if NULL in converted else merged


def unquote(node: ast.expr) -> ast.expr:
    """Return the expression inside a quoted annotation."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return ast.parse(node.value, mode="eval").body
    return node


def nullable(schema: Schema) -> Schema:
    """Return the schema that also allows null."""
    if "$ref" in schema:
        return {"anyOf": [schema], "nullable": True}
    return {**schema, "nullable": True}


def list_of(item: Schema, kind: str = "list") -> Schema:
    """Return the schema of one page of a list."""
    return {
        "type": "object",
        "required": ["object", "data", "has_more", "url"],
        "properties": {
            "object": {"type": "string", "enum": [kind]},
            "data": {"type": "array", "items": item},
            "has_more": {"type": "boolean"},
            "url": {"type": "string"},
        },
    }


def _literal(args: list[ast.expr]) -> Schema:
    values = [arg.value for arg in args if isinstance(arg, ast.Constant)]
    kinds = {bool: "boolean", int: "integer", str: "string"}
    return {"type": kinds[type(values[0])], "enum": values}


def _flatten(node: ast.expr) -> list[ast.expr]:
    node = unquote(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _flatten(node.left) + _flatten(node.right)
    return [node]


def _distinct(parts: list[Schema]) -> list[Schema]:
    found: list[Schema] = []
    for part in parts:
        if part not in found:
            found.append(part)
    return found


def _open_enum(parts: list[Schema]) -> Schema | None:
    """Merge "these values or any text", the SDK's way to write an enum."""
    enums = [part for part in parts if "enum" in part]
    plain = [part for part in parts if part == {"type": "string"}]
    if not enums or not plain or len(parts) != len(enums) + len(plain):
        return None
    values = [value for part in enums for value in part["enum"]]
    return {"type": "string", "enum": values, "x-open-enum": True}


def _any_of(parts: list[Schema]) -> Schema:
    return parts[0] if len(parts) == 1 else {"anyOf": parts}
