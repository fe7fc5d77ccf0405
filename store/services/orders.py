"""Orders: lock and move one, have one looked at, read one for its page by its token."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch

from donations.services import donations
from store import enqueue, signals
from store.domain import order as states
from store.domain.order import OrderStatus
from store.models import ItemImage, Line, Order, PaymentAttempt

logger = logging.getLogger(__name__)

# A customer looking at a page that still says "confirming" may nudge this often.
_NUDGE_AFTER = timedelta(seconds=5)


class OrderChangedError(Exception):
    """Somebody moved the order at the same moment; read it again and decide anew."""


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of an order with its picture and the donation it caused."""

    line: Line
    image: ItemImage | None
    donation: donations.DonationState | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its customer sees it."""

    order: Order
    lines: tuple[LineView, ...]

    @property
    def is_confirming(self) -> bool:
        """Tell whether the page should look again by itself."""
        return self.order.status == OrderStatus.PENDING


def lock_order(*, pk: int) -> Order:
    """Return the order, locked until the transaction ends where rows can be locked."""
    return Order.objects.select_for_update(of=("self",)).get(pk=pk)


def move_order(*, order: Order, to: OrderStatus, **changes: object) -> None:
    """Change an order's status, refusing an illegal move and a stale read.

    `changes` are further columns written in the same statement.

    Raises:
        IllegalMoveError: the table of moves does not list this one.
        OrderChangedError: the row has another status than `order` says.
    """
    before = OrderStatus(order.status)
    states.check_move(before, to)
    moved = Order.objects.filter(pk=order.pk, status=before).update(
        status=to, **changes
    )
    if not moved:
        raise OrderChangedError(order.pk)
    order.status = to


def send_to_review(*, order: Order, reason: str) -> None:
    """Have a person look at an order; it goes to review where the moves allow it."""
    if OrderStatus.REVIEW in states.ORDER_MOVES[OrderStatus(order.status)]:
        move_order(order=order, to=OrderStatus.REVIEW)
    note_problem(order=order, reason=reason)


def note_problem(*, order: Order, reason: str) -> None:
    """Write down what a person must look at, and tell the host; once for a reason."""
    noted = Order.objects.filter(pk=order.pk).exclude(review_reason=reason)
    if noted.update(review_reason=reason):
        logger.error("order %s needs review: %s", order.pk, reason)
        signals.announce(signals.order_needs_review, order_id=order.pk, reason=reason)


def clear_problem(*, order_id: int, seen: str, by_id: int, at: datetime) -> bool:
    """Take the note off an order once a person has looked; only the one they saw.

    Returns False when there is another note by now, or none.
    """
    noted = Order.objects.filter(pk=order_id, review_reason=seen).exclude(
        review_reason=""
    )
    if not noted.update(review_reason=""):
        return False
    logger.info("order %s: user %s cleared its note at %s", order_id, by_id, at)
    return True


def read_order(*, token: str) -> OrderView:
    """Return an order with its lines, pictures and donations, by its secret token.

    Raises:
        Order.DoesNotExist: nobody has this token.
    """
    order = Order.objects.get(token=token)
    lines = list(
        order.lines.select_related("piece__item", "certificate")
        .prefetch_related(
            Prefetch(
                "piece__item__images",
                queryset=ItemImage.objects.order_by("position", "id"),
            )
        )
        .order_by("position")
    )
    given = donations.list_by_source(sources=[line.source for line in lines])
    return OrderView(
        order=order,
        lines=tuple(
            LineView(line, _first_image(line), given.get(line.source)) for line in lines
        ),
    )


def nudge_payment(*, order: Order, at: datetime) -> None:
    """Ask a worker to look at Stripe, for a customer who is back before the webhook.

    Changes no order; asked again within seconds it does nothing.
    """
    attempt = order.attempts.unfinished().exclude(session_id=None).last()
    if attempt is None:
        return
    due = PaymentAttempt.objects.filter(
        pk=attempt.pk, checked_at__lte=at - _NUDGE_AFTER
    )
    if due.update(checked_at=at):
        enqueue.enqueue("store.confirm_session", attempt_id=attempt.pk)


def _first_image(line: Line) -> ItemImage | None:
    images = list(line.piece.item.images.all())
    return images[0] if images else None
