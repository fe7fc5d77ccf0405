"""States of a donation and of a settlement, and their legal moves, as tables.

Nothing here reads a database or a clock.
"""

from collections.abc import Mapping
from enum import StrEnum


class DonationStatus(StrEnum):
    """Where one donation stands between the payment and the beneficiary."""

    DUE = "due"
    SET_ASIDE = "set_aside"
    SETTLED = "settled"
    REVERSED = "reversed"


class SettlementStatus(StrEnum):
    """Where the payment of one settlement stands."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    PAID = "paid"


MOVES: Mapping[DonationStatus, frozenset[DonationStatus]] = {
    DonationStatus.DUE: frozenset({DonationStatus.SET_ASIDE, DonationStatus.REVERSED}),
    DonationStatus.SET_ASIDE: frozenset(
        {DonationStatus.SETTLED, DonationStatus.REVERSED}
    ),
    DonationStatus.SETTLED: frozenset({DonationStatus.REVERSED}),
    # A refund that fails after all brings a donation back to where it stood.
    DonationStatus.REVERSED: frozenset(
        {DonationStatus.DUE, DonationStatus.SET_ASIDE, DonationStatus.SETTLED}
    ),
}

SETTLEMENT_MOVES: Mapping[SettlementStatus, frozenset[SettlementStatus]] = {
    SettlementStatus.DRAFTED: frozenset({SettlementStatus.APPROVED}),
    SettlementStatus.APPROVED: frozenset({SettlementStatus.PAID}),
    SettlementStatus.PAID: frozenset(),
}


class IllegalMoveError(ValueError):
    """A change of status that the table of moves does not list.

    Usually a caller acted on a stale read: read the row again and decide anew.
    """


def check_move(before: DonationStatus, after: DonationStatus) -> None:
    """Refuse a donation's move that the table does not list.

    Raises:
        IllegalMoveError: `after` cannot follow `before`.
    """
    if after not in MOVES[before]:
        raise IllegalMoveError(f"a donation cannot go from {before} to {after}")


def check_settlement_move(before: SettlementStatus, after: SettlementStatus) -> None:
    """Refuse a settlement's move that the table does not list.

    Raises:
        IllegalMoveError: `after` cannot follow `before`.
    """
    if after not in SETTLEMENT_MOVES[before]:
        raise IllegalMoveError(f"a settlement cannot go from {before} to {after}")


def status_for(*, target: int, is_set_aside: bool, is_settled: bool) -> DonationStatus:
    """Return where a donation stands, from its target and how far it once came."""
    if target == 0:
        return DonationStatus.REVERSED
    if is_settled:
        return DonationStatus.SETTLED
    return DonationStatus.SET_ASIDE if is_set_aside else DonationStatus.DUE
