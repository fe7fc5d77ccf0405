"""What the payment company keeps in its books, as the port's own types.

Amounts are integer minor units; moments are aware datetimes.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Charge:
    """A payment that was taken, and what went back of it, as the company counts.

    `refunded_amount` holds pending refunds too and falls when one fails. `order` is
    our opaque reference, blank when the charge is not ours.
    """

    id: str
    intent_id: str
    amount: int
    refunded_amount: int
    currency: str
    is_disputed: bool
    order: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeResult:
    """What the company says of a dispute; status is one of its eight words.

    `withdrawn_amount` is what its balance transactions took and did not give back.
    """

    id: str
    status: str
    amount: int
    withdrawn_amount: int
    currency: str
    charge_id: str
    intent_id: str
    reason: str
    created_at: datetime
    evidence_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """One row of the company's own books: a charge, a refund, a dispute, a fee.

    `amount` and `net` are negative for money that goes out. `source_id` names the
    charge, refund or dispute; `order` is our reference where the source carries it.
    """

    id: str
    type: str
    amount: int
    fee_amount: int
    net_amount: int
    currency: str
    source_id: str
    order: str
    created_at: datetime
