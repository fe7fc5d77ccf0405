"""Words for a certificate's document."""

import pytest
from django.utils import translation

from store.templatetags import provenance


def _stone(**facts):
    return {"kind": "natural", "shade": "C5", "carat": "0.61", "treatment": "", **facts}


@pytest.mark.parametrize(
    ("stones", "words"),
    [
        ([_stone()], "Natural diamond, C5"),
        ([_stone(), _stone(shade="C2")], "Natural diamonds, C2 to C5"),
        ([_stone(kind="laboratory_grown")], "Laboratory-grown diamond, C5"),
        ([_stone(kind="not_known")], "Diamond of unknown kind, C5"),
        ([_stone(treatment="HPHT")], "Natural diamond, C5, treated: HPHT"),
        ([_stone(treatment="None stated")], "Natural diamond, C5"),
    ],
)
def test_headline_says_what_it_is(stones, words):
    """Kind comes first, then shade; a treatment is never left out."""
    assert provenance.headline({"stones": stones}) == words


@pytest.mark.parametrize(
    ("carats", "words"),
    [
        (["0.61"], "0.61 ct oval"),
        (["0.37", "0.38"], "0.37 ct oval; 0.38 ct oval"),
        (["0.10"] * 3 + ["0.83"], "4 stones, the largest 0.83 ct"),
    ],
)
def test_weights_are_not_summed(carats, words):
    """A total weight is never shown as the weight of one stone."""
    stones = [_stone(carat=carat, cut="oval") for carat in carats]

    assert provenance.carat_words({"stones": stones}) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2019-07-04", "July 4, 2019"),
        ("2019-07", "July 2019"),
        ("2019", "2019"),
        ("", "Date not known"),
    ],
)
def test_dates_keep_their_precision(text, words):
    """A date is written no more exactly than it is known."""
    assert provenance.partial_date(text) == words


def test_countries_follow_the_language():
    """Countries are named in the reader's language, unknown codes as they are."""
    assert provenance.country_names(["RU", "US"]) == "Russia, United States"
    assert provenance.country_name("XX") == "XX"
    with translation.override("de"):
        assert provenance.country_name("RU") == "Russland"


def test_unknown_language_keeps_the_code():
    """In a language that is no locale a country stays its code."""
    with translation.override("xx"):
        assert provenance.country_name("RU") == "RU"
