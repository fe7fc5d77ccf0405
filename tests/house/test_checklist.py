"""The checklist of payments, in docs/payments.md, and the tests that it names."""

import ast
import re
from collections import defaultdict
from functools import cache

import pytest

from tests.house import reading

PAGE = reading.ROOT / "docs" / "payments.md"
ROW = re.compile(
    r"^\| ([A-Z]\d+b?) \| .+ \| \[`(\w+)`\]\(\.\./(\S+)\) \|$", re.MULTILINE
)
LINES = {"W": 16, "S": 16, "M": 7, "I": 6, "R": 5, "T": 4, "C": 5, "K": 7}
DONATION_RULES = {"V6", "V12", "V13", "V13b", "V14", "V20"}


def _read_rows():
    """Return line, test and file of every row of the table."""
    return [match.groups() for match in ROW.finditer(PAGE.read_text(encoding="utf-8"))]


@cache
def _find_marks():
    """Return the tests that are marked with each line: (file, name) by line."""
    marks = defaultdict(set)
    for module in reading.read("tests"):
        everywhere = [
            line
            for node in module.tree.body
            if isinstance(node, ast.Assign)
            and reading.chain(node.targets[0]) == ["pytestmark"]
            for line in _lines_in(node.value)
        ]
        for function in module.functions():
            own = [line for one in function.decorator_list for line in _lines_in(one)]
            if function.name.startswith("test_"):
                for line in everywhere + own:
                    marks[line].add((module.place, function.name))
    return marks


def _lines_in(node):
    """Yield the lines that a mark names, wherever it stands in an expression."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and reading.chain(call)[-2:] == [
            "mark",
            "checklist",
        ]:
            yield from (argument.value for argument in call.args)


def test_every_line_is_in_the_table():
    """The table holds each line of the checklist once."""
    wanted = {
        f"{group}{number}"
        for group, last in LINES.items()
        for number in range(1, last + 1)
    }

    lines = [line for line, _, _ in _read_rows()]

    assert sorted(lines) == sorted(wanted | DONATION_RULES)


@pytest.mark.parametrize(("line", "name", "place"), _read_rows())
def test_named_test_holds_its_line(line, name, place):
    """The test that a row names exists, and carries the row's line as its mark."""
    assert (place, name) in _find_marks()[line]


def test_no_mark_is_unknown():
    """Every mark is a line of the table."""
    lines = {line for line, _, _ in _read_rows()}

    assert set(_find_marks()) - lines == set()
