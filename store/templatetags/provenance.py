"""Filters that put a certificate's frozen document into words.

They take the parsed document, or a stone or event of it, and change nothing.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale, UnknownLocaleError, dates
from django import template
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, ngettext, to_locale

from store.domain import certificate as facts
from store.models.catalog import Shade
from store.models.provenance import CustodyEvent

register = template.Library()

Document = Mapping[str, Any]

_YEAR_ONLY, _YEAR_AND_MONTH = 1, 2
_MANY = 3


@register.filter
def headline(document: Document) -> str:
    """Say natural or laboratory-grown first, then the shades: Natural diamond, C5."""
    stones = document["stones"]
    kinds = {stone["kind"] for stone in stones}
    words = [_kind_words(kind, len(stones)) for kind in sorted(kinds, reverse=True)]
    shades = sorted({stone["shade"] for stone in stones})
    scale = gettext(" to ").join(sorted({shades[0], shades[-1]}))
    return ", ".join([gettext(" and ").join(words), scale, *_treatments(stones)])


@register.filter
def carat_words(document: Document) -> str:
    """Give each stone's weight with its cut; a sum would pass for one big stone."""
    stones = document["stones"]
    if len(stones) <= _MANY:
        return "; ".join(
            gettext("%(carat)s ct %(cut)s") % {"carat": s["carat"], "cut": s["cut"]}
            for s in stones
        )
    return gettext("%(count)s stones, the largest %(weight)s ct") % {
        "count": len(stones),
        "weight": max((stone["carat"] for stone in stones), key=float),
    }


@register.filter
def main_steps(document: Document) -> list[Document]:
    """Keep the six steps without which no piece is sold."""
    required = set(facts.REQUIRED_STEPS)
    return [event for event in document["events"] if event["kind"] in required]


@register.filter
def main_shade(document: Document) -> str:
    """Return the shade of the first stone, which gives the page its color."""
    return str(document["stones"][0]["shade"])


@register.filter
def kind_words(stone: Document) -> str:
    """Say what a stone is."""
    return _kind_words(stone["kind"], 1)


@register.filter
def shade_words(shade: str) -> str:
    """Name a shade in full: C5 dark champagne."""
    return str(Shade(shade).label)


@register.filter
def step_words(kind: str) -> str:
    """Name a step: Mined."""
    return str(CustodyEvent.Kind(kind).label)


@register.filter
def place_words(precision: str) -> str:
    """Say how exactly a place is known."""
    return str(CustodyEvent.PlacePrecision(precision).label)


@register.filter
def basis_words(basis: str) -> str:
    """Say what a claim rests on: Document held."""
    return capfirst(str(CustodyEvent.Basis(basis).label))


@register.filter
def partial_date(text: str) -> str:
    """Write a date known to the day, month or year: 2019-07-04, 2019-07 or 2019."""
    if not text:
        return gettext("Date not known")
    parts = [int(part) for part in text.split("-")]
    if len(parts) == _YEAR_ONLY:
        return text
    year, month, day = (*parts, 1)[:3]
    moment = datetime.date(year, month, day)
    locale = to_locale(get_language() or "en-us")
    if len(parts) == _YEAR_AND_MONTH:
        return dates.format_skeleton("yMMMM", moment, locale=locale)
    return dates.format_date(moment, "long", locale=locale)


@register.filter
def country_name(code: str) -> str:
    """Name a country, given as two capitals, in the reader's language."""
    try:
        locale = Locale.parse(to_locale(get_language() or "en-us"))
    except (UnknownLocaleError, ValueError):
        return code
    return str(locale.territories.get(code, code))


@register.filter
def country_names(codes: Sequence[str]) -> str:
    """Name several countries."""
    return ", ".join(country_name(code) for code in codes)


def _kind_words(kind: str, count: int) -> str:
    if kind == facts.StoneKind.NATURAL:
        return ngettext("Natural diamond", "Natural diamonds", count)
    if kind == facts.StoneKind.LABORATORY_GROWN:
        return ngettext("Laboratory-grown diamond", "Laboratory-grown diamonds", count)
    return ngettext("Diamond of unknown kind", "Diamonds of unknown kind", count)


def _treatments(stones: Sequence[Document]) -> list[str]:
    """Name treatments beside the stone's name, where a shopper cannot miss them."""
    named = {stone["treatment"] for stone in stones}
    return [
        gettext("treated: %(what)s") % {"what": what}
        for what in sorted(named)
        if what and not what.lower().startswith("none")
    ]
