"""How a pledge's cap is shared out: whoever was set aside first gets first.

Values in, values out. Which donations a pledge has, and in which order they were set
aside, is known to `donations.services.caps`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from donations.domain import money


@dataclass(frozen=True, slots=True)
class Holding:
    """What one donation is to hold, and what it holds by now, in minor units."""

    target: int
    posted: int


def repost(
    *, cap: int | None, holdings: Sequence[Holding], elsewhere: int = 0
) -> list[int]:
    """Return what each donation holds once the cap is kept, in the same order.

    What is over its target goes back first. Then what is left of the cap goes to those
    that lack some of theirs, in their order: to whoever was set aside first. So all of
    them hold `min(cap, sum of targets)`, if they did before. `elsewhere` is what
    donations that are not listed hold. Without a cap each holds its target.

    Raises:
        ValueError: an amount is negative.
    """
    kept = [min(_check(holding).target, holding.posted) for holding in holdings]
    if cap is None:
        return [holding.target for holding in holdings]
    left = max(cap - elsewhere - sum(kept), 0)
    posted: list[int] = []
    for holding, amount in zip(holdings, kept, strict=True):
        more = min(holding.target - amount, left)
        left -= more
        posted.append(amount + more)
    return posted


def cut_share(*, share: int, left: int | None) -> int:
    """Return what a share adds where this much is left; None is no cap."""
    return share if left is None else min(share, left)


def _check(holding: Holding) -> Holding:
    for amount in (holding.target, holding.posted):
        money.check_amount(amount)
        if amount < 0:
            raise ValueError(f"a donation cannot hold {amount}")
    return holding
