"""Collects the named schemas of the contract: parameters and resources."""

import ast
from collections.abc import Iterator

from demo.stripe_simulator.contract import source
from demo.stripe_simulator.contract.annotations import (
    SCALARS,
    Annotations,
    unquote,
)
from demo.stripe_simulator.json_types import Schema

KEYWORDS = {"from_": "from", "in_": "in", "class_": "class", "global_": "global"}


class Components:
    """Named schemas, each built once, when something first refers to it."""

    def __init__(self, resources: list[str]) -> None:
        """Start empty; only classes of the modules in `resources` are expanded."""
        self.schemas: dict[str, Schema] = {}
        self._resources = set(resources)
        self._names: dict[tuple[str, str], str] = {}
        self._pending: list[tuple[str, str, str]] = []

    def refer(self, module: str, cls: str) -> Schema:
        """Return a reference to a class and remember to build it."""
        key = (module, cls)
        if key not in self._names:
            self._names[key] = _component_name(module, cls)
            self._pending.append((self._names[key], module, cls))
        return {"$ref": f"#/components/schemas/{self._names[key]}"}

    def convert(self, node: ast.expr, module: str) -> Schema:
        """Return the schema of an annotation found at the top of `module`."""
        return self._annotations(module, []).convert(node)

    def build(self) -> None:
        """Build everything referred to, and what that refers to in turn."""
        while self._pending:
            name, module, cls = self._pending.pop()
            if module.startswith("stripe.params"):
                self.schemas[name] = self._parameters(module, cls)
            else:
                node = source.parse_module(module).classes[cls]
                self.schemas[name] = self._resource(node, module, [node])

    def _annotations(self, module: str, scope: list[ast.ClassDef]) -> Annotations:
        return Annotations(lambda name: self._resolve(name, module, scope))

    def _resolve(self, name: str, module: str, scope: list[ast.ClassDef]) -> Schema:
        nested = _find_nested(name, scope)
        if nested:
            return self._resource(nested[-1], module, nested)
        parsed = source.parse_module(module)
        if name in parsed.classes or name in parsed.functional:
            return self.refer(module, name)
        return self._imported(*parsed.imports.get(name, ("", name)))

    def _imported(self, module: str, name: str) -> Schema:
        if name in SCALARS:
            return dict(SCALARS[name])
        if module.startswith("stripe.params") or module in self._resources:
            return self.refer(module, name)
        return {"type": "object", "x-not-in-subset": f"{module}.{name}"}

    def _parameters(self, module: str, cls: str) -> Schema:
        """Return the schema of a TypedDict: closed, as the API refuses strangers."""
        properties: dict[str, Schema] = {}
        required: set[str] = set()
        annotations = self._annotations(module, [])
        for name, node in _typed_dict_fields(module, cls):
            properties[name] = annotations.convert(node)
            required -= {name}
            if not ast.unparse(unquote(node)).startswith("NotRequired"):
                required.add(name)
        return _object(properties, sorted(required), closed=True)

    def _resource(
        self, node: ast.ClassDef, module: str, scope: list[ast.ClassDef]
    ) -> Schema:
        """Return the schema of a resource: open, as the API adds keys any day."""
        properties, required = {}, []
        annotations = self._annotations(module, scope)
        for name, annotation in _resource_fields(node):
            schema = annotations.convert(annotation)
            properties[name] = schema
            optional = ast.unparse(unquote(annotation)).startswith("Optional")
            if not optional and not schema.get("nullable"):
                required.append(name)
        return _object(properties, required, closed=False)


def is_resource(node: ast.ClassDef) -> bool:
    """Say whether a class is an API object, which carries its name."""
    return _object_name(node) is not None


def _object_name(node: ast.ClassDef) -> str | None:
    for statement in node.body:
        if (
            isinstance(statement, ast.AnnAssign)
            and getattr(statement.target, "id", "") == "OBJECT_NAME"
            and isinstance(statement.value, ast.Constant)
        ):
            return str(statement.value.value)
    return None


def _component_name(module: str, cls: str) -> str:
    if module.startswith("stripe.params"):
        return ".".join(["params", *module.split(".")[2:-1], cls])
    node = source.parse_module(module).classes[cls]
    return _object_name(node) or f"object.{cls}"


def _find_nested(name: str, scope: list[ast.ClassDef]) -> list[ast.ClassDef] | None:
    """Return the chain of classes to one named inside the innermost that has it."""
    first, *rest = name.split(".")
    for depth in range(len(scope), 0, -1):
        found = _inner_class(scope[depth - 1], first)
        if found is None:
            continue
        chain = [*scope[:depth], found]
        for part in rest:
            inner = _inner_class(chain[-1], part)
            if inner is None:
                return None
            chain.append(inner)
        return chain
    return None


def _inner_class(node: ast.ClassDef, name: str) -> ast.ClassDef | None:
    classes = (n for n in node.body if isinstance(n, ast.ClassDef))
    return next((n for n in classes if n.name == name), None)


def _typed_dict_fields(module: str, cls: str) -> Iterator[tuple[str, ast.expr]]:
    parsed = source.parse_module(module)
    if cls in parsed.functional:
        fields = parsed.functional[cls]
        for key, value in zip(fields.keys, fields.values, strict=True):
            if isinstance(key, ast.Constant):
                yield str(key.value), unquote(value)
        return
    node = parsed.classes[cls]
    for base in map(ast.unparse, node.bases):
        if base in parsed.functional or base in parsed.classes:
            yield from _typed_dict_fields(module, base)
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign):
            yield ast.unparse(statement.target), unquote(statement.annotation)


def _resource_fields(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign):
            continue
        name = ast.unparse(statement.target)
        is_class_var = ast.unparse(statement.annotation).startswith("ClassVar")
        if not name.startswith("_") and not is_class_var:
            yield KEYWORDS.get(name, name), statement.annotation


def _object(
    properties: dict[str, Schema], required: list[str], *, closed: bool
) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if closed:
        schema["additionalProperties"] = False
    if required:
        schema["required"] = required
    return schema
