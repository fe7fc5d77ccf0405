"""States of donations, settlements and their parts, and legal moves, as tables.

Nothing here reads a database or a clock.
"""

from collections.abc import Collection, Mapping
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
    DISCARDED = "discarded"
    APPROVED = "approved"
    FAILED = "failed"
    PAID = "paid"
    ACKNOWLEDGED = "acknowledged"


class PartStatus(StrEnum):
    """Where the payment of one part of an approved settlement stands."""

    IN_TRANSIT = "in_transit"
    FAILED = "failed"
    PAID = "paid"
    ACKNOWLEDGED = "acknowledged"


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
    SettlementStatus.DRAFTED: frozenset(
        {SettlementStatus.APPROVED, SettlementStatus.DISCARDED}
    ),
    SettlementStatus.DISCARDED: frozenset(),
    # All parts that were paid may be acknowledged when the last one fails.
    SettlementStatus.APPROVED: frozenset(
        {SettlementStatus.PAID, SettlementStatus.FAILED, SettlementStatus.ACKNOWLEDGED}
    ),
    SettlementStatus.FAILED: frozenset(),
    SettlementStatus.PAID: frozenset({SettlementStatus.ACKNOWLEDGED}),
    SettlementStatus.ACKNOWLEDGED: frozenset(),
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


def status_of_parts(parts: Collection[PartStatus]) -> SettlementStatus:
    """Return where an approved settlement stands, from where its parts stand.

    While one is in transit it is approved. Then those that failed no longer count,
    unless all did.
    """
    if PartStatus.IN_TRANSIT in parts:
        return SettlementStatus.APPROVED
    arrived = set(parts) - {PartStatus.FAILED}
    if not arrived:
        return SettlementStatus.FAILED
    is_told = arrived == {PartStatus.ACKNOWLEDGED}
    return SettlementStatus.ACKNOWLEDGED if is_told else SettlementStatus.PAID
