"""Reading access to the source text of the installed Stripe SDK.

The SDK is parsed, never imported: names that exist for type checkers only are
no obstacle, and the simulator stays free of the library it is tested with.
"""

import ast
import dataclasses
import functools
import importlib.util
import pathlib
import re


class SdkNotFoundError(Exception):
    """The Stripe SDK is not installed; install the package `stripe`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Module:
    """One parsed module of the SDK: what it imports and what it defines."""

    imports: dict[str, tuple[str, str]]
    classes: dict[str, ast.ClassDef]
    functional: dict[str, ast.Dict]


def sdk_root() -> pathlib.Path:
    """Return the folder of the installed SDK.

    Raises:
        SdkNotFoundError: There is no package named `stripe`.
    """
    spec = importlib.util.find_spec("stripe")
    if spec is None or spec.origin is None:
        raise SdkNotFoundError("The package stripe is not installed")
    return pathlib.Path(spec.origin).parent


def read_constant(module: str, name: str) -> str:
    """Return a text constant such as the version from an SDK module."""
    text = _path(module).read_text(encoding="utf-8")
    found = re.search(rf'{name}(?:: \w+)?\s*=\s*"([^"]+)"', text)
    if found is None:
        raise SdkNotFoundError(f"{module} defines no {name}")
    return found.group(1)


def sdk_version() -> str:
    """Return the version of the installed SDK."""
    return read_constant("stripe._version", "VERSION")


@functools.cache
def parse_module(name: str) -> Module:
    """Return the parsed module with the dotted `name`."""
    tree = ast.parse(_path(name).read_text(encoding="utf-8"))
    classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
    return Module(_imports(tree), classes, _functional(tree))


def _path(module: str) -> pathlib.Path:
    base = sdk_root().joinpath(*module.split(".")[1:])
    plain = base.with_suffix(".py")
    return plain if plain.exists() else base / "__init__.py"


def _imports(tree: ast.Module) -> dict[str, tuple[str, str]]:
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def _functional(tree: ast.Module) -> dict[str, ast.Dict]:
    """Find `Name = TypedDict("Name", {...})`, used where a key is a keyword."""
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        target, call = node.targets[0], node.value
        if getattr(call.func, "id", "") != "TypedDict":
            continue
        fields = call.args[-1]
        if isinstance(target, ast.Name) and isinstance(fields, ast.Dict):
            found[target.id] = fields
    return found
