"""What a comparison finds, and over which time it looks: plain values.

Nothing here asks Stripe or reads a row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from store.gateways import base as gateways
from store.gateways import records
from store.models import Difference, Payment

# A webhook and the sweep after it need this long to bring what is new at Stripe.
HAD_ITS_CHANCE = timedelta(minutes=10)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing on which Stripe and we disagree, as a comparison saw it.

    Amounts are minor units; None where there is nothing to put beside the other.
    """

    kind: Difference.Kind
    reference: str
    details: str
    order_id: int | None = None
    ours_amount: int | None = None
    theirs_amount: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that is compared, from `since` until just before `until`."""

    since: datetime
    until: datetime

    def slices(self, length: timedelta) -> Iterator["Window"]:
        """Yield the window in parts, oldest first: what is compared at a time."""
        start = self.since
        while start < self.until:
            end = min(start + length, self.until)
            yield Window(start, end)
            start = end

    def contains(self, moment: datetime) -> bool:
        """Tell whether a moment lies in it."""
        return self.since <= moment < self.until


def find_unknown(
    *,
    kind: Difference.Kind,
    result: gateways.RefundResult | records.DisputeResult,
    payment: Payment,
    at: datetime,
) -> Finding | None:
    """Return what Stripe has of a payment and we lack, unless it is too new.

    What is new has its chance: its answer or its webhook may be on the way.
    """
    if result.created_at > at - HAD_ITS_CHANCE:
        return None
    return Finding(
        kind=kind,
        reference=result.id,
        details=f"{result.status} at Stripe since {result.created_at:%Y-%m-%d %H:%M}",
        order_id=payment.order_id,
        theirs_amount=result.amount,
        currency=result.currency,
    )


def midnight(*, moment: datetime) -> datetime:
    """Return the start of the moment's day, in UTC."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
