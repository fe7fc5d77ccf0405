"""The codes of the territories in which a promise holds."""

import pytest

from donations.domain import territory


def test_codes_are_read_as_people_type_them():
    """Commas and spaces part them; small letters do."""
    typed = territory.parse_territories("us-ca, GB de,EU")

    assert typed == ["US-CA", "GB", "DE", "EU"]


def test_no_text_is_no_territory():
    """A draft may leave them open."""
    assert territory.parse_territories(" ") == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("UK", "did you mean GB"),
        ("USA", "did you mean US"),
        ("XK", "write US, US-CA"),
        ("US-ZZ", "'US-ZZ' is no territory"),
        ("United States", "'UNITED' is no territory"),
        ("US, us", "US is named twice"),
    ],
)
def test_unknown_codes_are_refused_by_name(text, hint):
    """What stands for no territory is named, with what was meant."""
    with pytest.raises(territory.UnknownTerritoryError, match=hint):
        territory.parse_territories(text)


@pytest.mark.parametrize("codes", ["US", None, {"US": 1}])
def test_territories_are_a_list(codes):
    """A text or a dictionary is none."""
    with pytest.raises(territory.UnknownTerritoryError, match="a list of codes"):
        territory.check_territories(codes)


@pytest.mark.parametrize("codes", [[7], [None], [["US"]]])
def test_codes_are_texts(codes):
    """Whatever JSON can hold is refused, not only texts."""
    with pytest.raises(territory.UnknownTerritoryError, match="is no territory"):
        territory.check_territories(codes)


def test_territories_are_said_in_words():
    """Countries in the reader's language, states by their names."""
    codes = ["US-CA", "GB", "EU"]

    assert territory.describe_territories(codes) == (
        "California, United Kingdom, European Union"
    )
    assert territory.describe_territories(["DE"], "de_DE") == "Deutschland"


@pytest.mark.parametrize(
    ("place", "promised", "is_reached"),
    [
        ("US-CA", ["US"], True),
        ("US-CA", ["US-CA"], True),
        ("US-CA", ["US-NY", "GB"], False),
        ("DE", ["EU"], True),
        ("GB", ["EU"], False),
        ("EU", ["DE"], True),
        ("US", ["US-NY"], True),
        ("US", [], False),
    ],
)
def test_promise_reaches_its_territories(place, promised, is_reached):
    """A country reaches its states, the Union its members, and a part its whole."""
    assert territory.is_within(place, promised) is is_reached


def test_every_state_is_known():
    """Fifty states and the District."""
    assert len(territory.STATES) == 51
    assert territory.MEMBERS <= territory.COUNTRIES


@pytest.mark.parametrize(
    ("country", "region", "expected"),
    [
        ("US", "CA", "US-CA"),
        ("US", "ca ", "US-CA"),
        ("US", "US-CA", "US-CA"),
        ("US", "california", "US-CA"),
        ("US", "Atlantis", "US"),
        ("US", "", "US"),
        ("DE", "CA", "DE"),
        ("GB", "", "GB"),
        ("ZZ", "", ""),
        ("", "CA", ""),
    ],
)
def test_addresses_have_a_place(country, region, expected):
    """An address is of a state where states matter, else of its country, or of none."""
    assert territory.place_of(country, region) == expected
