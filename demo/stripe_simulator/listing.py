"""Lists of the API: filters, pages, and expansion of what an id stands for."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from demo.stripe_simulator import problem
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.state import State
from demo.stripe_simulator.workshop import public

DEFAULT_LIMIT = 10
LARGEST_LIMIT = 100
PAGING = {"limit", "starting_after", "ending_before", "expand"}
RANGE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
DEEPEST_EXPANSION = 4

Condition = tuple[str, Sequence[Any]]


def equals(name: str, value: Any) -> Condition:
    """Return the condition that a field of an object has a value."""
    # The path is a literal, not a parameter, so that the index is used.
    return f"json_extract(body, '$.{name}') = ?", [value]


def one_of(name: str, values: Sequence[Any]) -> Condition:
    """Return the condition that a field of an object is among some values."""
    marks = ", ".join("?" * len(values))
    return f"json_extract(body, '$.{name}') IN ({marks})", values


def created(asked: Any) -> list[Condition]:
    """Return the conditions for a moment or a range of moments."""
    if isinstance(asked, int):
        return [("created = ?", [asked])]
    return [(f"created {RANGE[name]} ?", [value]) for name, value in asked.items()]


def refuse_others(query: JsonObject, simulated: set[str]) -> None:
    """Refuse filters that would be left unheeded.

    Raises:
        ApiError: Names the first one.
    """
    for name in sorted(query.keys() - simulated - PAGING - {"created"}):
        raise problem.not_simulated(name)


def page(
    state: State, kind: str, conditions: list[Condition], query: JsonObject, url: str
) -> JsonObject:
    """Return one page of objects, newest first.

    Raises:
        ApiError: The limit is out of range, or a cursor names no object.
    """
    limit = query.get("limit", DEFAULT_LIMIT)
    if not 1 <= limit <= LARGEST_LIMIT:
        message = f"This value must be between 1 and {LARGEST_LIMIT}."
        raise problem.invalid(message, param="limit")
    conditions = conditions + (created(query["created"]) if "created" in query else [])
    conditions += _cursor(state, query)
    backwards = "ending_before" in query
    found = state.select(kind, conditions, limit=limit + 1, oldest_first=backwards)
    data = found[:limit][::-1] if backwards else found[:limit]
    return wrap([public(obj) for obj in data], url, has_more=len(found) > limit)


def page_of(items: list[JsonObject], query: JsonObject, url: str) -> JsonObject:
    """Return one page of a few items that are all at hand."""
    limit = query.get("limit", DEFAULT_LIMIT)
    after = query.get("starting_after")
    places = [place for place, item in enumerate(items) if item["id"] == after]
    start = places[0] + 1 if places else 0
    data = items[start : start + limit]
    return wrap(data, url, has_more=start + limit < len(items))


def wrap(data: list[JsonObject], url: str, *, has_more: bool) -> JsonObject:
    """Return a list object."""
    return {"object": "list", "url": url, "has_more": has_more, "data": data}


def _cursor(state: State, query: JsonObject) -> list[Condition]:
    conditions: list[Condition] = []
    for name, comparison in (("starting_after", "<"), ("ending_before", ">")):
        if name not in query:
            continue
        place = state.place_of(query[name])
        if place is None:
            raise problem.missing(query[name], name)
        conditions.append((f"(created, seq) {comparison} (?, ?)", place))
    return conditions


class Expansion:
    """Puts objects where their ids are, as `expand` asks."""

    def __init__(self, state: State, lines: Callable[[str], list[JsonObject]]) -> None:
        """Keep where objects and line items come from."""
        self._state = state
        self._lines = lines

    def expand(self, answer: JsonObject, paths: list[str]) -> JsonObject:
        """Return the answer with every path expanded.

        Raises:
            ApiError: A path is too deep or leads nowhere.
        """
        expanded = copy.deepcopy(answer)
        for path in paths:
            parts = path.split(".")
            if len(parts) > DEEPEST_EXPANSION:
                message = f"You cannot expand more than {DEEPEST_EXPANSION} levels."
                raise problem.invalid(message, param="expand")
            self._follow(expanded, parts)
        return expanded

    def _follow(self, node: JsonObject, parts: list[str]) -> None:
        first, *rest = parts
        if first == "line_items" and node.get("object") == "checkout.session":
            url = f"/v1/checkout/sessions/{node['id']}/line_items"
            node[first] = page_of(self._lines(node["id"]), {}, url)
        if first not in node:
            message = f"This property cannot be expanded ({first})."
            raise problem.invalid(message, param="expand")
        if isinstance(node[first], str):
            node[first] = public(self._state.find(node[first])) or node[first]
        inner = node[first] if isinstance(node[first], list) else [node[first]]
        for each in inner:
            if rest and isinstance(each, dict):
                self._follow(each, rest)
