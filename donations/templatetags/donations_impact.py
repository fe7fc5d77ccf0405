"""Filters and tags of the impact pages: values in, words or a drawing out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext, gettext_noop

from donations.domain import money as moneys
from donations.domain import territory
from donations.domain.ledger import EntryKind
from donations.services import impact, labels

register = template.Library()

# The drawing's own units; the page scales it to the room there is.
_WIDTH, _HEIGHT, _BASELINE = 600, 220, 180
_QUARTERS_DRAWN = 8
_BAR_SHARE_PERCENT = 36
_LABEL_ROOM = 20


# The kinds that entries of a donation have.
_ENTRY_WORDS = {
    EntryKind.SET_ASIDE: gettext_noop("Set aside"),
    EntryKind.REFILL: gettext_noop("Given again"),
    EntryKind.REVERSE: gettext_noop("Reversed"),
    EntryKind.HOLD: gettext_noop("Held back"),
    EntryKind.UNHOLD: gettext_noop("No longer held back"),
    EntryKind.CORRECTION: gettext_noop("Corrected"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One quarter of the drawing: a place, two heights and their words."""

    quarter: impact.QuarterTotals
    set_aside_x: int
    settled_x: int
    middle_x: int
    width: int
    set_aside_height: int
    settled_height: int

    @property
    def set_aside_y(self) -> int:
        """Return where the bar of what was set aside begins, from above."""
        return _BASELINE - self.set_aside_height

    @property
    def settled_y(self) -> int:
        """Return where the bar of what was settled begins, from above."""
        return _BASELINE - self.settled_height


@register.filter
def money(amount: moneys.Money) -> str:
    """Return an amount as the page's language writes it."""
    return moneys.format_money(amount, labels.find_locale())


@register.filter
def territories(codes: Sequence[str]) -> str:
    """Return where a promise holds, as the page's language says it."""
    return territory.describe_territories(codes, labels.find_locale())


@register.filter
def ledger_words(kind: str) -> str:
    """Say what an entry of a donation did."""
    return gettext(_ENTRY_WORDS[EntryKind(kind)])


@register.inclusion_tag("donations/parts/quarter_chart.html")
def quarter_chart(
    quarters: Sequence[impact.QuarterTotals], identifier: str
) -> dict[str, Any]:
    """Draw the last quarters as bars; the same figures stand in a table beside it.

    A quarter in which more was reversed than set aside has no bar: the table says so.
    """
    drawn = quarters[-_QUARTERS_DRAWN:]
    amounts = [amount for q in drawn for amount in (q.set_aside, q.settled)]
    highest = max((amount.amount for amount in amounts), default=0)
    return {
        "identifier": identifier,
        "width": _WIDTH,
        "height": _HEIGHT,
        "baseline": _BASELINE,
        "label_y": _BASELINE + _LABEL_ROOM,
        "bars": [
            _draw_bar(quarter, index, len(drawn), max(highest, 1))
            for index, quarter in enumerate(drawn)
        ],
        "highest": max(amounts, default=None),
    }


def _draw_bar(
    quarter: impact.QuarterTotals, index: int, count: int, highest: int
) -> Bar:
    room = _WIDTH // count
    width = room * _BAR_SHARE_PERCENT // 100
    left = index * room + (room - 2 * width) // 2
    return Bar(
        quarter=quarter,
        set_aside_x=left,
        settled_x=left + width,
        middle_x=left + width,
        width=width,
        set_aside_height=_draw_height(quarter.set_aside, highest),
        settled_height=_draw_height(quarter.settled, highest),
    )


def _draw_height(amount: moneys.Money, highest: int) -> int:
    return max(amount.amount, 0) * (_BASELINE - _LABEL_ROOM) // highest
