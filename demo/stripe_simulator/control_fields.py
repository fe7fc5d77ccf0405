"""Reads what the control page or a program sends, as JSON or as a form."""

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from demo.stripe_simulator import web

Record = TypeVar("Record")
FALSE = ("", "0", "false", "off", "no")


class ControlError(Exception):
    """A field is unknown or unreadable; the message names it."""


def read(request: web.Request) -> dict[str, Any]:
    """Return the fields of a request.

    Raises:
        ControlError: The body is no JSON object.
    """
    kind = request.headers.get("content-type", "")
    if "jsonl" in kind:
        return {"lines": request.body}
    if "json" not in kind:
        return dict(request.form())
    try:
        values = json.loads(request.body or "{}")
    except ValueError as error:
        raise ControlError("The body is not JSON") from error
    if not isinstance(values, dict):
        raise ControlError("The body is not a JSON object")
    return values


def fill(record: type[Record], values: Mapping[str, Any]) -> Record:
    """Return a record made of fields; empty ones keep their default.

    Raises:
        ControlError: A field is unknown, missing or unreadable.
    """
    fields = {f.name: f for f in dataclasses.fields(record)}  # type: ignore[arg-type]
    strangers = values.keys() - fields.keys()
    if strangers:
        raise ControlError(f"Unknown field: {min(strangers)}")
    given = {name: value for name, value in values.items() if value not in ("", None)}
    try:
        read_values = {n: _reader(fields[n].type)(v) for n, v in given.items()}
        return record(**read_values)
    except (TypeError, ValueError) as error:
        raise ControlError(str(error)) from error


def truth(value: Any) -> bool:
    """Return what a checkbox or a JSON value says."""
    return str(value).lower() not in FALSE


def number(values: Mapping[str, Any], name: str) -> float:
    """Return a number.

    Raises:
        ControlError: It is none.
    """
    try:
        return float(values[name])
    except (KeyError, TypeError, ValueError) as error:
        raise ControlError(f"Not a number: {name}") from error


def whole(values: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number, or nothing when the field is empty.

    Raises:
        ControlError: It is none.
    """
    if values.get(name) in (None, ""):
        return None
    found = number(values, name)
    if found != int(found):
        raise ControlError(f"Not a whole number: {name}")
    return int(found)


def texts(value: Any) -> list[str]:
    """Return the parts of a list, or of a text with commas or line ends."""
    if isinstance(value, list):
        return [str(each) for each in value]
    return re.findall(r"[^\s,]+", str(value))


def _reader(kind: Any) -> Callable[[Any], Any]:
    readers: dict[Any, Callable[[Any], Any]] = {
        bool: truth,
        bool | None: truth,
        float: float,
        int: int,
        list[str]: texts,
    }
    return readers.get(kind, str)
