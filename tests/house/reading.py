"""Reads our own source as syntax trees, for the guards beside this file."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("store", "donations")
PACKAGES = (*APPS, "demo")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One of our modules: where it is and what it says."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        """Return the path from the root of the checkout, with slashes."""
        return self.path.relative_to(ROOT).as_posix()

    def at(self, node: ast.AST) -> str:
        """Return a place in this module that an editor can jump to."""
        return f"{self.place}:{getattr(node, 'lineno', 1)}"

    def functions(self) -> Iterator[Function]:
        """Return every function and method, inner ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def calls(self) -> Iterator[ast.Call]:
        """Return every call."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node


@cache
def read(*folders: str) -> tuple[Module, ...]:
    """Return the modules below the folders, without migrations."""
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(
        _parse(path) for path in sorted(paths) if "migrations" not in path.parts
    )


def _parse(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path, text, ast.parse(text, str(path)))


def count_lines(function: Function) -> int:
    """Return the lines of a function without its decorators and its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is not None:
        docstring = function.body[0]
        lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    return lines


def chain(node: ast.AST) -> list[str]:
    """Return the dotted names of an expression: `a.b().c` is `["a", "b", "c"]`."""
    names: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            break
    if isinstance(node, ast.Name):
        names.append(node.id)
    return names[::-1]


def imports_in(function: Function) -> Iterator[ast.AST]:
    """Return the import statements inside a function."""
    for node in ast.walk(function):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
