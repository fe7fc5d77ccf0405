"""What may be engraved, and how a refusal is told."""

import pytest

from store.domain import engraving, refusal
from store.domain.engraving import EngravingRefusedError


def test_text_is_kept_without_its_margins():
    """Spaces around a text are not engraved; those inside are."""
    assert engraving.check_engraving("  for Ada  ", length=10) == "for Ada"


def test_no_text_is_always_allowed():
    """Who wants no engraving needs no item that offers one."""
    assert engraving.check_engraving("   ", length=0) == ""


def test_accent_is_no_character_of_its_own():
    """A letter and its accent, typed apart, are one character of the length."""
    assert engraving.check_engraving("Zoe\N{COMBINING DIAERESIS}", length=3) == "Zoë"


@pytest.mark.parametrize(
    ("text", "length", "rule", "limit"),
    [
        ("Ada", 0, "not_offered", None),
        ("Ada L", 4, "too_long", 4),
        ("A\nda", 10, "not_printable", None),
        ("A\u200bda", 10, "not_printable", None),
        ("A\u202eda", 10, "not_printable", None),
    ],
    ids=["not offered", "too long", "line break", "invisible", "turned around"],
)
def test_refusal_names_field_and_rule(text, length, rule, limit):
    """What cannot be engraved is refused by field, rule and limit."""
    with pytest.raises(EngravingRefusedError) as caught:
        engraving.check_engraving(text, length=length)

    refused = caught.value
    assert (refused.field, refused.rule, refused.limit) == ("engraving", rule, limit)
    assert str(refused) == f"engraving: {rule}"


def test_refusals_are_collected():
    """Several refusals are kept in order, and what follows is still done."""
    faults = []
    for text in ("ab", "", "a\n"):
        with refusal.collect(faults):
            engraving.check_engraving(text, length=1)

    assert [fault.rule for fault in faults] == ["too_long"]
