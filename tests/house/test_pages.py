"""What the pages in docs/ name is there: commands, permissions, files."""

import re

import pytest
from django.core.management import get_commands

from store.gateways import scopes
from tests.house import reading

PAGES = [reading.ROOT / "README.md", *sorted((reading.ROOT / "docs").rglob("*.md"))]
# Commands of the demo, which the tests' host does not install.
DEMO = {"demo", "seed_demo"}
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")


def _name(path):
    return path.relative_to(reading.ROOT).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_named_commands_exist(path):
    """Every command that a page tells to run can be run."""
    named = set(COMMAND.findall(path.read_text(encoding="utf-8")))

    assert named - set(get_commands()) - DEMO == set()


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_links_lead_somewhere(path):
    """Every link to a file of ours leads to one."""
    targets = LINK.findall(path.read_text(encoding="utf-8"))

    assert [t for t in targets if not (path.parent / t).exists()] == []


@pytest.mark.parametrize("scope", scopes.SCOPES)
def test_permissions_of_the_key_are_told(scope):
    """What doctor asks for is what the merchant's page and the settings ask for."""
    name, _, right = scope.rpartition(" ")
    merchant = (reading.ROOT / "docs" / "going-live.md").read_text(encoding="utf-8")
    settings = (reading.ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert f"| {name}: {right} |" in merchant
    assert f"{name} {right}" in " ".join(settings.split())
