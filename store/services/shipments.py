"""Tells that orders have left for their customers, and starts what counts from then.

The return window of the donations begins with the shipment: the donations app is told
in the same transaction. Nothing is mailed here; a host may listen to `order_shipped`.
"""

from datetime import datetime

from django.db import transaction

from donations.services import donations
from store import signals
from store.domain.order import SHIPPABLE
from store.models import Order
from store.services import orders


class ShipmentRefusedError(Exception):
    """An order cannot be shipped as it stands; its text says how it does.

    It is not paid, was canceled, or its money went back.
    """


def ship_order(*, order_id: int, tracking_reference: str, at: datetime) -> bool:
    """Record that an order has left; tell whether it was this call that did.

    The first moment stays. Called again with another reference, only that is corrected;
    without one, nothing is.

    Raises:
        ShipmentRefusedError: the order is not paid, or its money went back.
        Order.DoesNotExist: there is no such order.
    """
    with transaction.atomic():
        order = orders.lock_order(pk=order_id)
        if order.shipped_at is not None:
            _correct(order, tracking_reference)
            return False
        if order.status not in SHIPPABLE:
            raise ShipmentRefusedError(
                f"order {order.number} is {order.get_status_display()}"
            )
        if not _claim(order, tracking_reference, at):
            return False
        sources = [line.source for line in order.lines.all()]
        donations.record_shipment(sources=sources, shipped_at=at)
        signals.announce(signals.order_shipped, order_id=order.pk)
    return True


def _correct(order: Order, tracking_reference: str) -> None:
    if tracking_reference:
        Order.objects.filter(pk=order.pk).update(tracking_reference=tracking_reference)


def _claim(order: Order, tracking_reference: str, at: datetime) -> bool:
    """Mark the order shipped, unless it moved or was shipped since it was read."""
    rows = Order.objects.filter(
        pk=order.pk, status=order.status, shipped_at__isnull=True
    )
    return bool(rows.update(shipped_at=at, tracking_reference=tracking_reference))
