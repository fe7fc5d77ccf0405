"""How far a long command has come, on a terminal and elsewhere."""

import io

import pytest
from rich.console import Console

from demo.sample import progress


@pytest.fixture
def plain():
    """A console that is no terminal."""
    return Console(file=io.StringIO(), width=80)


def test_finished_steps_are_counted(plain):
    """Elsewhere than on a terminal, one plain line says what was done."""
    done = list(progress.Progress(plain).follow("Items", iter("abc"), 3))

    assert done == ["a", "b", "c"]
    assert plain.file.getvalue() == "  Items: 3\n"


def test_long_work_speaks_up(plain, monkeypatch):
    """Long work says now and then where it stands."""
    monkeypatch.setattr(progress, "PLAIN_SECONDS", -1)

    list(progress.Progress(plain).follow("Items", range(2), 2))

    assert "Items: 0 of 2" in plain.file.getvalue()
    assert "Items: 1 of 2" in plain.file.getvalue()


def test_terminal_shows_a_bar():
    """On a terminal a bar moves while the work goes on."""
    terminal = Console(file=io.StringIO(), force_terminal=True, width=80)

    list(progress.Progress(terminal).follow("Items", range(3), 3))

    assert "100%" in terminal.file.getvalue()
