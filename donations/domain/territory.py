"""The territories in which a promise holds: their codes, and how they are said.

A code is a country of ISO 3166-1 ("US", "GB"), a state of the United States of ISO
3166-2 ("US-CA"), or "EU" for the Union. What the law of each asks is in `statute.py`.
"""

import re
from collections.abc import Iterable, Sequence

from babel import Locale

# The Union has a reserved code of ISO 3166-1; its law is that of its members.
UNION = "EU"
_MEMBERS = """
AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK
"""
MEMBERS = frozenset(_MEMBERS.split())
_STATES = """
AL Alabama; AK Alaska; AZ Arizona; AR Arkansas; CA California; CO Colorado;
CT Connecticut; DE Delaware; DC District of Columbia; FL Florida; GA Georgia;
HI Hawaii; ID Idaho; IL Illinois; IN Indiana; IA Iowa; KS Kansas; KY Kentucky;
LA Louisiana; ME Maine; MD Maryland; MA Massachusetts; MI Michigan; MN Minnesota;
MS Mississippi; MO Missouri; MT Montana; NE Nebraska; NV Nevada; NH New Hampshire;
NJ New Jersey; NM New Mexico; NY New York; NC North Carolina; ND North Dakota; OH Ohio;
OK Oklahoma; OR Oregon; PA Pennsylvania; RI Rhode Island; SC South Carolina;
SD South Dakota; TN Tennessee; TX Texas; UT Utah; VT Vermont; VA Virginia;
WA Washington; WV West Virginia; WI Wisconsin; WY Wyoming
"""
STATES = {
    f"US-{code}": name
    for code, _, name in (part.strip().partition(" ") for part in _STATES.split(";"))
}
# Two letters in Unicode's list that are no country of ISO 3166-1.
_NO_COUNTRIES = re.compile("AC|CP|CQ|DG|EA|EU|EZ|IC|QO|TA|UN|XA|XB|XK|ZZ")
_COUNTRY = re.compile("[A-Z]{2}")
COUNTRIES = frozenset(
    code
    for code in map(str, Locale("en").territories)
    if _COUNTRY.fullmatch(code) and not _NO_COUNTRIES.fullmatch(code)
)
_MEANT = {"UK": "GB", "EL": "GR", "USA": "US"}


class UnknownTerritoryError(ValueError):
    """A code that stands for no territory we know.

    The message names it, and the code that was probably meant.
    """


def check_territories(codes: object) -> None:
    """Refuse what is no list of codes, each known and named once.

    Raises:
        UnknownTerritoryError: a code is unknown, comes twice, or there is no list.
    """
    if not isinstance(codes, list):
        raise UnknownTerritoryError(f'write a list of codes, as ["US"], not {codes!r}')
    for place, code in enumerate(codes):
        if not isinstance(code, str) or not _is_known(code):
            raise UnknownTerritoryError(_explain(code))
        if code in codes[:place]:
            raise UnknownTerritoryError(f"{code} is named twice")


def parse_territories(text: str) -> list[str]:
    """Return the codes of a text as people type it: `us-ca, GB`.

    Raises:
        UnknownTerritoryError: a code is unknown or comes twice.
    """
    codes = [part.upper() for part in text.replace(",", " ").split()]
    check_territories(codes)
    return codes


def describe_territories(codes: Sequence[str], locale: str = "en_US") -> str:
    """Return territories as people say them: `California, United Kingdom`."""
    return ", ".join(name_territory(code, locale) for code in codes)


def name_territory(code: str, locale: str = "en_US") -> str:
    """Return the name of one territory; states have theirs in English alone."""
    return STATES.get(code) or Locale.parse(locale).territories.get(code, code)


def place_of(country: str, region: str = "") -> str:
    """Return the code of an address: `US-CA`, or the country's where it has no states.

    A state is known by its letters or its name. What is no country at all, as an
    address may say anything, has the code "".
    """
    state = region.strip().upper()
    for code, name in STATES.items():
        if country == "US" and state in (code[-2:], code, name.upper()):
            return code
    return country if country in COUNTRIES else ""


def is_within(place: str, promised: Iterable[str]) -> bool:
    """Tell whether a promise that holds in some territories reaches a place.

    A promise for the United States reaches each state, one for the Union each member;
    one for a single state reaches the country that it is in, and its law.
    """
    return any(
        place == code or place in _parts_of(code) or code in _parts_of(place)
        for code in promised
    )


def _is_known(code: str) -> bool:
    return code in COUNTRIES or code in STATES or code == UNION


def _parts_of(code: str) -> Iterable[str]:
    if code == "US":
        return STATES.keys()
    return MEMBERS if code == UNION else ()


def _explain(code: object) -> str:
    meant = _MEANT.get(str(code))
    hint = f"did you mean {meant}?" if meant else "write US, US-CA, GB, DE or EU"
    return f"{code!r} is no territory: {hint}"
