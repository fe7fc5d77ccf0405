"""What closing a period adds to the ledger: true-ups, the minimum, the write-off.

Each donation is split for itself, so beneficiaries drift from their weights by a minor
unit now and then; a close brings each to its part of the whole (donation rules, 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from donations.domain import money


@dataclass(frozen=True, slots=True)
class Move:
    """An amount that goes from one beneficiary to another."""

    giver: int
    taker: int
    amount: int


def pair_true_ups(*, held: Mapping[int, int], fair: Mapping[int, int]) -> list[Move]:
    """Return the moves that bring every beneficiary from `held` to `fair`.

    Raises:
        ValueError: the two do not come to the same.
    """
    if sum(held.values()) != sum(fair.values()):
        raise ValueError(f"{held} and {fair} do not come to the same")
    over = {pk: held.get(pk, 0) - fair.get(pk, 0) for pk in sorted({*held, *fair})}
    givers = [(pk, amount) for pk, amount in over.items() if amount > 0]
    takers = [(pk, -amount) for pk, amount in over.items() if amount < 0]
    moves: list[Move] = []
    while givers:
        (giver, surplus), (taker, lack) = givers.pop(), takers.pop()
        amount = min(surplus, lack)
        moves.append(Move(giver, taker, amount))
        if surplus > amount:
            givers.append((giver, surplus - amount))
        if lack > amount:
            takers.append((taker, lack - amount))
    return moves


def top_up_parts(
    *, minimum: int, given: Mapping[int, int], weights: Mapping[int, int]
) -> dict[int, int]:
    """Return what each beneficiary lacks for all together to have `minimum`.

    Each is brought to its part of the minimum. Where one has more than that already,
    by the weights of an earlier version, what is lacking is split by weight instead.
    """
    lacking = minimum - sum(given.values())
    if lacking <= 0:
        return {}
    parts = _split(minimum, weights)
    lacks = {pk: part - given.get(pk, 0) for pk, part in parts.items()}
    if min(lacks.values()) < 0 or sum(lacks.values()) != lacking:
        lacks = _split(lacking, weights)
    return {pk: amount for pk, amount in lacks.items() if amount}


def write_off_amount(*, at_end: int, now: int) -> int:
    """Return what of a beneficiary's debt is written off, from what it is owed.

    Both are all that is owed, pending and held too. What was netted or came back
    after the end is no debt any more.
    """
    return max(-max(at_end, now), 0)


def _split(total: int, weights: Mapping[int, int]) -> dict[int, int]:
    parts = money.split(total, list(weights.values()))
    return dict(zip(weights, parts, strict=True))
