"""The port to the ways by which beneficiaries are paid, and who stands behind it.

A rail carries one part of an approved settlement to one beneficiary. Its name is a key
of `DONATIONS["RAILS"]`, which names a class; "bank" is built in and means that a person
pays and enters the bank's reference. Amounts are integer minor units.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from django.utils.module_loading import import_string

from donations.conf import conf
from donations.models import SettlementPart, causes
from donations.services import settlement_parts

BANK = causes.BANK


class RailUnavailableError(Exception):
    """The rail cannot be reached or is busy: nobody knows yet what became of it.

    Send the same instruction again later; a rail never pays one twice.
    """


class RailUnknownError(LookupError):
    """A beneficiary is to be paid by a rail that the settings do not name.

    Add it to DONATIONS["RAILS"], or choose another one for the beneficiary.
    """


@dataclass(frozen=True, slots=True)
class Instruction:
    """What one beneficiary gets of one settlement; `key` never changes for it.

    `account` is what the rail calls the beneficiary's account.
    """

    key: str
    settlement_id: int
    beneficiary_id: int
    account: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class InstructionLine:
    """What the donation of one line of a sale gives the beneficiary."""

    source: str
    amount: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an instruction: all of it is paid, or why some of it is not.

    `reference` names the payment for the beneficiary and the public, in at most 120
    characters; `problem` says in at most 200 what a person must mend.
    """

    is_paid: bool
    reference: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One movement of money that a rail made for an instruction, by its own name."""

    reference: str
    amount: int
    moved_at: datetime


class Rail(Protocol):
    """One way of paying beneficiaries without a person."""

    def prepare(self, *, account: str, currency: str) -> str:
        """Say why this account cannot be paid now; blank when it can.

        Raises:
            RailUnavailableError: the rail cannot be asked.
        """

    def send(self, *, instruction: Instruction, at: datetime) -> Outcome:
        """Pay, or go on paying; safe to call again, also after a crash.

        Called outside every transaction. Asked again, it says how far a payment came.

        Raises:
            RailUnavailableError: the rail cannot be asked.
        """

    def withdraw(self, *, instruction: Instruction, at: datetime) -> int:
        """Give up an instruction; return how much of it has moved all the same.

        0 is a promise: nothing has moved, and nothing will unless it is sent anew.
        Otherwise nothing is given up. Called outside every transaction.

        Raises:
            RailUnavailableError: the rail cannot be asked.
        """

    def list_evidence(self, *, instruction: Instruction) -> Iterable[Evidence]:
        """Return what the rail moved for an instruction, from its own records."""


def get_rail(*, name: str) -> Rail | None:
    """Return the rail of a name; None for the bank, where a person pays.

    Raises:
        RailUnknownError: the settings name no such rail.
    """
    if name == BANK:
        return None
    path = conf.RAILS.get(name)
    if path is None:
        raise RailUnknownError(f'DONATIONS["RAILS"] has no "{name}"')
    return cast(Rail, import_string(path)())


def build_instruction(*, part: SettlementPart) -> Instruction:
    """Return what a rail is told of a part; the same whenever it is asked."""
    return Instruction(
        key=f"{part.settlement.uuid}:{part.beneficiary_id}",
        settlement_id=part.settlement_id,
        beneficiary_id=part.beneficiary_id,
        account=part.rail_account,
        amount=part.amount,
        currency=part.settlement.currency,
    )


def list_lines(*, instruction: Instruction) -> Iterator[InstructionLine]:
    """Yield what each donation of the settlement gives the beneficiary now.

    In the order in which they were given, in bounded memory. They may come to more than
    the instruction, which an earlier debt makes smaller, or to less.
    """
    for source, amount in settlement_parts.list_lines(
        settlement_id=instruction.settlement_id,
        beneficiary_id=instruction.beneficiary_id,
    ):
        yield InstructionLine(source, amount)
