"""States of pieces, holds, orders, payments and refunds, and their legal moves.

Tables only, and the one function that refuses every other move. Nothing here
reads a database or a clock.
"""

from collections.abc import Mapping
from enum import StrEnum


class PieceStatus(StrEnum):
    """Where one physical piece stands in its life in the shop."""

    DRAFT = "draft"
    ON_SALE = "on_sale"
    HELD = "held"
    SOLD = "sold"
    WITHDRAWN = "withdrawn"


class HoldStatus(StrEnum):
    """Where the claim of one order on one piece stands."""

    ACTIVE = "active"
    SOLD = "sold"
    RELEASED = "released"


class OrderStatus(StrEnum):
    """Where an order stands; what each means is said to the customer in words."""

    PENDING = "pending"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    REVIEW = "review"
    EXPIRED = "expired"
    CANCELED = "canceled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    LOST = "lost"


class AttemptStatus(StrEnum):
    """Where one try at paying an order stands."""

    CREATED = "created"
    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"


class RefundStatus(StrEnum):
    """Where money on its way back to a customer stands (Stripe's five, and due)."""

    DUE = "due"
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class ReturnStatus(StrEnum):
    """Where a customer's wish to send pieces back stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    RECEIVED = "received"


class DisputeStatus(StrEnum):
    """What the bank and Stripe say of a dispute (Stripe's own eight words)."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"


class WebhookEventStatus(StrEnum):
    """What became of a stored webhook event."""

    NEW = "new"
    PROCESSED = "processed"
    IGNORED = "ignored"


class MessageStatus(StrEnum):
    """Where a mail owed to a customer stands."""

    UNSENT = "unsent"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


# After a sale the status follows the money, which may go and come back in any order.
_AFTER_SALE = frozenset(
    {
        OrderStatus.PAID,
        OrderStatus.REFUNDING,
        OrderStatus.REFUNDED,
        OrderStatus.DISPUTED,
        OrderStatus.LOST,
    }
)
# The same for money that came and sold nothing; then a person looks at it.
_UNSOLD = frozenset(
    {
        OrderStatus.REVIEW,
        OrderStatus.REFUNDING,
        OrderStatus.REFUNDED,
        OrderStatus.LOST,
    }
)

ORDER_MOVES: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset(
        {
            OrderStatus.AWAITING_PAYMENT,
            OrderStatus.PAID,
            OrderStatus.REVIEW,
            OrderStatus.REFUNDING,
            OrderStatus.EXPIRED,
            OrderStatus.CANCELED,
        }
    ),
    OrderStatus.AWAITING_PAYMENT: frozenset(
        {
            OrderStatus.PAID,
            OrderStatus.REVIEW,
            OrderStatus.REFUNDING,
            OrderStatus.CANCELED,
        }
    ),
    # Money can arrive after we let go: a late success (payments.md S13).
    OrderStatus.EXPIRED: frozenset(
        {OrderStatus.PAID, OrderStatus.REVIEW, OrderStatus.REFUNDING}
    ),
    OrderStatus.CANCELED: frozenset(
        {OrderStatus.PAID, OrderStatus.REVIEW, OrderStatus.REFUNDING}
    ),
    OrderStatus.REVIEW: (_UNSOLD - {OrderStatus.REVIEW})
    | {OrderStatus.PAID, OrderStatus.CANCELED},
    OrderStatus.PAID: _AFTER_SALE - {OrderStatus.PAID},
    # A refund may fail, even after it was called a success (payments.md R3).
    OrderStatus.REFUNDING: (_AFTER_SALE | _UNSOLD) - {OrderStatus.REFUNDING},
    OrderStatus.REFUNDED: (_AFTER_SALE | _UNSOLD) - {OrderStatus.REFUNDED},
    OrderStatus.DISPUTED: _AFTER_SALE - {OrderStatus.DISPUTED},
    # A bank may give back what it took.
    OrderStatus.LOST: (_AFTER_SALE | _UNSOLD) - {OrderStatus.LOST},
}

# An order in one of these still claims its pieces.
CLAIMING = frozenset({OrderStatus.PENDING, OrderStatus.AWAITING_PAYMENT})
# An order in one of these let its pieces go, and may still be paid.
LET_GO = frozenset({OrderStatus.EXPIRED, OrderStatus.CANCELED})
# A payment that arrives now makes an order in one of these paid.
PAYABLE = CLAIMING | LET_GO
# An order in one of these may leave the house, or has left: that a bank questions a
# payment brings no parcel back.
SHIPPABLE = frozenset({OrderStatus.PAID, OrderStatus.DISPUTED})
# The money of a refund in one of these is back, or on its way.
LIVE_REFUNDS = frozenset(
    {
        RefundStatus.DUE,
        RefundStatus.PENDING,
        RefundStatus.REQUIRES_ACTION,
        RefundStatus.SUCCEEDED,
    }
)
# Stripe has said yes to a refund in one of these, and not no again.
ACCEPTED_REFUNDS = LIVE_REFUNDS - {RefundStatus.DUE}
# An inquiry of the bank: no dispute yet, and no money has moved.
INQUIRIES = frozenset(
    {
        DisputeStatus.WARNING_NEEDS_RESPONSE,
        DisputeStatus.WARNING_UNDER_REVIEW,
        DisputeStatus.WARNING_CLOSED,
    }
)
# A dispute in one of these has ended; by what the bank kept, not by its name.
CLOSED_DISPUTES = frozenset(
    {
        DisputeStatus.WARNING_CLOSED,
        DisputeStatus.WON,
        DisputeStatus.LOST,
        DisputeStatus.PREVENTED,
    }
)


class IllegalMoveError(ValueError):
    """A status change that the table of moves does not list.

    Usually a caller acted on a stale read: read the row again and decide anew.
    """


def check_move(before: OrderStatus, after: OrderStatus) -> None:
    """Refuse an order's move that the table does not list.

    Raises:
        IllegalMoveError: `after` cannot follow `before`.
    """
    if after not in ORDER_MOVES[before]:
        raise IllegalMoveError(f"an order cannot go from {before} to {after}")
