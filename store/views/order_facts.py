"""What an order's page tells beside its lines: sums, money that goes back, returns."""

from typing import Any

from donations.domain import money
from store.domain.order import RefundStatus
from store.models import Order, Refund
from store.services import orders, returns


def describe(view: orders.OrderView) -> dict[str, Any]:
    """Return the rows of an order's page for its template.

    "Refunded" is what succeeded; what is asked for or sent is on its way.
    """
    order, lines = view.order, [row.line for row in view.lines]
    added = sum(line.added_tax_amount for line in lines)
    gross = sum(line.price_amount + line.engraving_amount for line in lines)
    return {
        "subtotal": money.Money(gross, order.currency),
        "added_tax": money.Money(added, order.currency),
        "is_all_included": _is_all_included(order),
        **_describe_refunds(order),
        "returns": order.returns.prefetch_related("lines__line").order_by("pk"),
        "returnable": returns.list_returnable(order=order),
    }


def _is_all_included(order: Order) -> bool:
    is_taxed = order.tax_amount or not order.is_tax_included
    return not (order.shipping_name or is_taxed)


def _describe_refunds(order: Order) -> dict[str, money.Money | None]:
    refunds = list(Refund.objects.live().filter(payment__order=order))
    is_back = [refund.status == RefundStatus.SUCCEEDED for refund in refunds]
    amounts = [refund.amount for refund in refunds]
    back = sum(a for a, done in zip(amounts, is_back, strict=True) if done)
    return {
        "refunded": money.Money(back, order.currency) if back else None,
        "on_its_way": (
            money.Money(sum(amounts) - back, order.currency)
            if sum(amounts) > back
            else None
        ),
    }
