"""Every setting and every check is explained to the host."""

import re

import pytest

import donations.conf
import store.conf
from tests.house import reading

PAGE = reading.ROOT / "docs" / "settings.md"
CHECK_ID = re.compile(r'"((?:store|donations)\.[EWI]\d{3})"')


def _check_ids():
    for app in reading.APPS:
        modules = [
            m for m in reading.read(app) if "checks" in m.path.with_suffix("").parts
        ]
        found = {number for m in modules for number in CHECK_ID.findall(m.text)}
        assert found, app
        yield from sorted(found)


def _settings():
    for app, known in (
        ("STORE", store.conf.KNOWN),
        ("DONATIONS", donations.conf.KNOWN),
    ):
        for name in sorted(known):
            yield pytest.param(name, id=f"{app}-{name}")


@pytest.mark.parametrize("identifier", list(_check_ids()))
def test_checks_are_documented(identifier):
    """Every check id is explained in docs/settings.md."""
    assert identifier in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(_settings()))
def test_settings_are_documented(name):
    """Every setting is explained in docs/settings.md."""
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")
