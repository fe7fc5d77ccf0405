"""The worked examples of the documentation run, and print what they say."""

import doctest
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import donations_factories as factories

DOCUMENT = Path("docs/accounting-for-developers.md")
BLOCK = re.compile(r"^```pycon\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def keep_examples(text):
    """Return the examples alone, each on the line where the document has it."""
    kept = ["\n"] * (text.count("\n") + 1)
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1))
        for number, line in enumerate(block[1].splitlines(keepends=True), first):
            kept[number] = line
    return "".join(kept)


def run_examples(text):
    """Run the examples of a document; return how many ran and how many failed."""
    names = {
        "version": factories.make_pledge_version(),
        "clock": lambda day: FIRST + timedelta(days=day - 1),
        "ann": factories.make_user(username="ann"),
        "bob": factories.make_user(username="bob"),
    }
    examples = doctest.DocTestParser().get_doctest(
        keep_examples(text), names, DOCUMENT.name, str(DOCUMENT), 0
    )
    found = doctest.DocTestRunner(optionflags=OPTIONS).run(examples)
    return found.attempted, found.failed


@pytest.mark.django_db
def test_worked_examples_hold():
    """Every example of the accounting page prints what stands below it."""
    attempted, failed = run_examples(DOCUMENT.read_text(encoding="utf-8"))

    assert failed == 0
    assert attempted > 30


@pytest.mark.django_db
def test_wrong_example_is_noticed():
    """An example that says a cent too much fails: the examples do run."""
    text = DOCUMENT.read_text(encoding="utf-8").replace("\n24990\n", "\n24991\n", 1)

    assert run_examples(text)[1] == 1
