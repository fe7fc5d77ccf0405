"""Orders against their money: the status must be what payments and refunds say.

Computed here anew from the rows, apart from the code that keeps them in step, so that
a mistake there is seen here. Nothing is asked of Stripe.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import Prefetch, Q, QuerySet

from store.domain.order import INQUIRIES, LIVE_REFUNDS, OrderStatus, RefundStatus
from store.models import Difference, Dispute, Order, Payment, Refund
from store.services.reconciliation.findings import Finding, Window
from store.services.reconciliation.pacing import PAGE

# Orders in one of these may have no money, and have none to give back.
_WITHOUT_MONEY = frozenset(
    {
        OrderStatus.PENDING,
        OrderStatus.AWAITING_PAYMENT,
        OrderStatus.EXPIRED,
        OrderStatus.CANCELED,
        OrderStatus.REVIEW,
    }
)


@dataclass(frozen=True, slots=True)
class Money:
    """What came for an order and what of it is gone, by its rows."""

    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...]
    disputes: tuple[Dispute, ...]

    @property
    def is_sold(self) -> bool:
        """Tell whether one of the payments sold the order."""
        return any(one.is_counted for one in self.payments)

    @property
    def lost_amount(self) -> int:
        """Return what banks kept after disputes."""
        closed = (one for one in self.disputes if one.is_closed)
        return sum(one.withdrawn_amount for one in closed)

    @property
    def is_held(self) -> bool:
        """Tell whether a dispute is open that moved money, or is about to."""
        return any(
            one.withdrawn_amount or one.status not in INQUIRIES
            for one in self.disputes
            if not one.is_closed
        )

    def refunded_amount(self, statuses: Iterable[str] = LIVE_REFUNDS) -> int:
        """Return the sum of the refunds that stand like this."""
        return sum(one.amount for one in self.refunds if one.status in statuses)


def chunks(*, window: Window) -> Iterator[list[Order]]:
    """Yield the orders that were placed, or whose money moved, in a window."""
    rows = _with_money(Order.objects.filter(_touched(window))).order_by("pk")
    found = rows.iterator(chunk_size=PAGE)
    while chunk := list(islice(found, PAGE)):
        yield chunk


def read(*, order_id: int) -> Order:
    """Return one order with its money and lines."""
    return _with_money(Order.objects.all()).get(pk=order_id)


def money_of(*, order: Order) -> Money:
    """Return the money of the payment that sold the order, else of all that came."""
    payments = list(order.payments.all())
    payments = [one for one in payments if one.is_counted] or payments
    return Money(
        payments=tuple(payments),
        refunds=tuple(row for one in payments for row in one.refunds.all()),
        disputes=tuple(row for one in payments for row in one.disputes.all()),
    )


def judge(*, order: Order) -> Finding | None:
    """Say what is wrong with an order's status or sums; None when nothing is."""
    money = money_of(order=order)
    for payment in order.payments.all():
        live = [one for one in payment.refunds.all() if one.status in LIVE_REFUNDS]
        total = sum(one.amount for one in live)
        if total != payment.refunded_amount:
            return _find(
                order,
                f"{payment.intent_id} says {payment.refunded_amount} went back, "
                f"its refunds {total}",
            )
    if _fits(order, money):
        return None
    came = sum(one.amount for one in money.payments)
    gone = money.refunded_amount() + money.lost_amount
    return _find(order, f"{order.status}, but {came} came and {gone} went back")


def _fits(order: Order, money: Money) -> bool:
    if not money.payments:
        return order.status in _WITHOUT_MONEY
    return order.status == _expect(money)


def _expect(money: Money) -> OrderStatus:
    if money.is_sold and money.is_held:
        return OrderStatus.DISPUTED
    gone = money.refunded_amount() + money.lost_amount
    if gone == 0 or gone < sum(one.amount for one in money.payments):
        return OrderStatus.PAID if money.is_sold else OrderStatus.REVIEW
    if money.lost_amount:
        return OrderStatus.LOST
    on_the_way = LIVE_REFUNDS - {RefundStatus.SUCCEEDED}
    is_under_way = money.refunded_amount(on_the_way)
    return OrderStatus.REFUNDING if is_under_way else OrderStatus.REFUNDED


def _find(order: Order, details: str) -> Finding:
    return Finding(
        kind=Difference.Kind.ORDER_STATUS,
        reference=order.number,
        details=details,
        order_id=order.pk,
        currency=order.currency,
    )


def _touched(window: Window) -> Q:
    """Choose orders without a join, so that each comes once."""
    moments = (window.since, window.until)
    paid = Payment.objects.filter(paid_at__range=moments)
    asked = Refund.objects.filter(created_at__range=moments)
    ended = Refund.objects.filter(finished_at__range=moments)
    checked = Dispute.objects.filter(checked_at__range=moments)
    return (
        Q(placed_at__range=moments)
        | Q(pk__in=paid.values("order"))
        | Q(pk__in=asked.values("payment__order"))
        | Q(pk__in=ended.values("payment__order"))
        | Q(pk__in=checked.values("payment__order"))
    )


def _with_money(orders: QuerySet[Order]) -> QuerySet[Order]:
    refunds = Refund.objects.prefetch_related("lines")
    return orders.prefetch_related(
        "lines", "payments__disputes", Prefetch("payments__refunds", refunds)
    )
