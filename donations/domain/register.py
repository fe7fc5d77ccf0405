"""Register numbers of beneficiaries: which registers we know and how they are checked.

A number is checked for its syntax; that the body exists and consents is a person's
business before a pledge is published.
"""

from collections.abc import Callable, Mapping

from stdnum.exceptions import ValidationError
from stdnum.us import ein

# Register prefixes follow org-id.guide.
REGISTERS: Mapping[str, Callable[[str], str]] = {
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
