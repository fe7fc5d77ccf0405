"""Words that a promise must not use."""

import pytest

from donations.domain import wording


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10% of the Proceeds and profits, all proceeds", ["proceeds", "profits"]),
        ("Der Reinerlös geht an die Tafel", ["reinerlös"]),
        ("Der Reinerlo\u0308s geht an die Tafel", ["reinerlös"]),
        ("une partie de nos bénéfices", ["bénéfices"]),
        ("una parte de los beneficios", ["beneficios"]),
        ("una parte del ricavato", ["ricavato"]),
        ("een deel van de winst", ["winst"]),
    ],
)
def test_vague_parts_are_found(text, found):
    """A part of proceeds or profits is found in each language, once."""
    assert wording.find_vague_words(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "10% of the price goes to a fund for not-for-profits.",
        "The non-profit Feeding America",
        "le bénéficiaire reçoit 10 % du prix",
        "Gewinner des Preises",
        "",
    ],
)
def test_other_words_are_left_alone(text):
    """A word that only contains one of them, or says something else, may stay."""
    assert wording.find_vague_words(text) == []
