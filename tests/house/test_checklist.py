"""The checklists of payments and of donations, and the tests that they name."""

import ast
import re
from collections import defaultdict
from functools import cache

import pytest

from tests.bench import mutate
from tests.house import reading

PAYMENTS = reading.ROOT / "docs" / "payments.md"
ACCOUNTING = reading.ROOT / "docs" / "accounting-for-developers.md"
ROW = re.compile(
    r"^\| ([A-Z]\d+b?) \| .+ \| \[`(\w+)`\]\(\.\./(\S+)\) \|$", re.MULTILINE
)
LINES = {"W": 16, "S": 16, "M": 7, "I": 6, "R": 5, "T": 4, "C": 5, "K": 7}
# Those that follow a payment; the shop holds them, too.
OF_PAYMENTS = {"V6", "V12", "V13", "V13b", "V14", "V20"}
OF_DONATIONS = OF_PAYMENTS | {
    f"V{number}" for number in (1, 2, 3, 4, 7, 8, 9, 10, 11, 15, 16, 18, 21, 22)
}


def _read_rows(*pages):
    """Return line, test and file of every row of the tables."""
    texts = [page.read_text(encoding="utf-8") for page in pages]
    return [match.groups() for text in texts for match in ROW.finditer(text)]


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


def test_every_line_of_payments_is_in_the_table():
    """The table of payments holds each line of its checklist once."""
    wanted = {
        f"{group}{number}"
        for group, last in LINES.items()
        for number in range(1, last + 1)
    }

    lines = [line for line, _, _ in _read_rows(PAYMENTS)]

    assert sorted(lines) == sorted(wanted | OF_PAYMENTS)


def test_every_example_of_donations_is_in_the_table():
    """The table of donations holds each worked example once."""
    lines = [line for line, _, _ in _read_rows(ACCOUNTING)]

    assert sorted(lines) == sorted(OF_DONATIONS)


@pytest.mark.parametrize(("line", "name", "place"), _read_rows(PAYMENTS, ACCOUNTING))
def test_named_test_holds_its_line(line, name, place):
    """The test that a row names exists, and carries the row's line as its mark."""
    assert (place, name) in _find_marks()[line]


def test_no_mark_is_unknown():
    """Every mark is a line of a table."""
    lines = {line for line, _, _ in _read_rows(PAYMENTS, ACCOUNTING)}

    assert set(_find_marks()) - lines == set()


@pytest.mark.parametrize("mutation", mutate.ALL, ids=lambda mutation: mutation.name)
def test_every_guard_can_be_removed(mutation):
    """Each guard that `make mutate` removes stands once, and its tests are there."""
    text = (reading.ROOT / mutation.path).read_text(encoding="utf-8")

    assert text.count(mutation.guard) == 1
    assert all((reading.ROOT / place).exists() for place in mutation.tests)
