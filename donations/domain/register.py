"""Register numbers of beneficiaries: which registers we know and how they are checked.

A number is checked for its syntax; that the body exists and consents is a person's
business before a pledge is published.
"""

import re
from collections.abc import Callable, Mapping

from stdnum.au import abn
from stdnum.ca import bn
from stdnum.de import handelsregisternummer
from stdnum.exceptions import InvalidFormat, ValidationError
from stdnum.fr import siren
from stdnum.no import orgnr
from stdnum.us import ein

_CANADIAN_PROGRAM = re.compile(r"(\d{9})RR\d{4}")


def _match(pattern: str, before: str = "") -> Callable[[str], str]:
    """Return a check of numbers without a check digit: a pattern, after its prefix."""
    known = re.compile(pattern)

    def check(number: str) -> str:
        plain = re.sub(r"[\s.-]", "", number).upper().removeprefix(before)
        if not known.fullmatch(plain):
            raise InvalidFormat
        return before + plain

    return check


def _check_canadian(number: str) -> str:
    plain = bn.compact(number).upper()
    found = _CANADIAN_PROGRAM.fullmatch(plain)
    if not found:
        raise InvalidFormat
    bn.validate(found[1])
    return plain


# Register prefixes follow org-id.guide.
REGISTERS: Mapping[str, Callable[[str], str]] = {
    "AU-ABN": lambda number: abn.format(abn.validate(number)),
    "CA-CRA_ACR": _check_canadian,
    "DE-CR": handelsregisternummer.validate,
    "FR-INSEE": lambda number: siren.format(siren.validate(number)),
    "GB-CHC": _match(r"\d{6,7}"),
    "GB-NIC": _match(r"1\d{5}", before="NIC"),
    "GB-SC": _match(r"0\d{5}", before="SC"),
    "NL-KVK": _match(r"\d{8}"),
    "NO-BRC": lambda number: orgnr.format(orgnr.validate(number)),
    "US-EIN": lambda number: ein.format(ein.validate(number)),
}


class InvalidRegisterIdError(ValueError):
    """A register number that its register could not have given out.

    The message names the register and the number: compare it with the extract.
    """


def normalize(register: str, number: str) -> str:
    """Return the number as its register writes it: `36-3673599` for US-EIN.

    Raises:
        InvalidRegisterIdError: the register is unknown or the number is malformed.
    """
    if register not in REGISTERS:
        raise InvalidRegisterIdError(
            f"{register!r} is not one of the registers {', '.join(sorted(REGISTERS))}"
        )
    try:
        return REGISTERS[register](number)
    except ValidationError as error:
        raise InvalidRegisterIdError(
            f"{number!r} is no {register} number: {error}"
        ) from error
