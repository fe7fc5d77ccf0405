"""Bank details: how they are written, checked and shown.

Check digits are checked; that an account belongs to its holder is for the two people
who propose and confirm it.
"""

from dataclasses import astuple, dataclass, replace

from stdnum import bic, iban
from stdnum.exceptions import ValidationError
from stdnum.us import rtn

_SHOWN = 4


class BankDetailsError(ValueError):
    """Bank details that no bank could have given out; `field` says which of them.

    Compare them with what the beneficiary wrote, not with an older mail.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


@dataclass(frozen=True, slots=True)
class BankDetails:
    """Where a bank transfer goes: an IBAN, or an account at a routing number."""

    holder: str
    currency: str
    iban: str = ""
    account_number: str = ""
    routing_number: str = ""
    bic: str = ""
    bank_name: str = ""

    @property
    def masked(self) -> str:
        """Return the number with only its last digits, for lists."""
        return mask(self.iban or self.account_number)

    @property
    def canonical(self) -> str:
        """Return all of it as one line, for digests."""
        return "|".join(astuple(self))


def mask(number: str) -> str:
    """Return the last digits of a number, enough to tell two apart."""
    return f"•••• {number[-_SHOWN:]}"


def normalize(details: BankDetails) -> BankDetails:
    """Return the details in the one way in which they are stored.

    Raises:
        BankDetailsError: a number has wrong check digits, or one is missing.
    """
    if not details.holder.strip():
        raise BankDetailsError("holder", "The holder of the account is missing.")
    if bool(details.iban) == bool(details.account_number):
        raise BankDetailsError(
            "iban", "Give an IBAN, or an account number with its routing number."
        )
    found = replace(details, holder=details.holder.strip())
    if found.bic:
        found = replace(found, bic=_check("bic", found.bic))
    if found.iban:
        return replace(found, iban=_check("iban", found.iban), routing_number="")
    return replace(
        found,
        account_number=found.account_number.replace(" ", ""),
        routing_number=_check("routing_number", found.routing_number),
    )


def _check(field: str, number: str) -> str:
    check = {
        "bic": bic.validate,
        "iban": iban.validate,
        "routing_number": rtn.validate,
    }[field]
    try:
        return str(check(number))
    except ValidationError as error:
        raise BankDetailsError(field, f"Not a valid number: {error}") from error
