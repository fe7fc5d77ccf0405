"""Disputes: what a customer's bank takes back, read from Stripe and followed.

Only money that moved counts, and whether somebody still decides: never the label alone.
The piece stays sold; a dispute says nothing of where it is.
"""

import contextlib
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from store import signals
from store.domain.order import CLOSED_DISPUTES, INQUIRIES, DisputeStatus
from store.gateways import base as gateways
from store.gateways import records
from store.models import Dispute, Order, Payment
from store.services import orders, retargeting

# An inquiry that becomes a dispute, and the end that costs.
_ALARMING = frozenset({DisputeStatus.NEEDS_RESPONSE, DisputeStatus.LOST})
_LOOK_AGAIN_AFTER = timedelta(minutes=4)
# A bank may give back what it took, long after Stripe called the dispute closed.
_CLOSED_LOOK_AGAIN_AFTER = timedelta(days=1)
_CLOSED_LOOKED_AT_FOR = timedelta(days=90)
_RECENT = timedelta(days=7)


class PaymentNotYetKnownError(Exception):
    """A dispute is of an order of ours whose payment was not recorded yet.

    Its own event is on the way, or a sweep finds it: then this one is tried again.
    """


def sync_dispute(*, gateway_id: str, at: datetime) -> bool:
    """Bring a dispute to what Stripe says of it; False when its payment is not ours.

    Raises:
        PaymentNotYetKnownError: it is ours, and not recorded yet.
        GatewayError: Stripe cannot be asked.
    """
    result = gateways.get_gateway().fetch_dispute(gateway_id)
    if apply_dispute(result=result, at=at):
        return True
    charge = gateways.get_gateway().fetch_charge(result.charge_id)
    with contextlib.suppress(ValueError):
        if Order.objects.filter(uuid=UUID(charge.order)).exists():
            raise PaymentNotYetKnownError(gateway_id)
    return False


def sync_recent(*, at: datetime) -> None:
    """Find disputes of the last days whose webhook was lost, with one list of Stripe's.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    opened = gateways.get_gateway().list_disputes(since=at - _RECENT, until=at)
    for result in opened:
        if not Dispute.objects.filter(gateway_id=result.id).exists():
            apply_dispute(result=result, at=at)


def apply_dispute(*, result: records.DisputeResult, at: datetime) -> bool:
    """Store what Stripe says of a dispute, and let order and donations follow.

    Returns False when the payment is not known.
    """
    paid = Payment.objects.filter(
        Q(intent_id=result.intent_id) | Q(charge_id=result.charge_id)
    )
    found = paid.values_list("pk", "order_id").first()
    if found is None:
        return False
    payment_id, order_id = found
    with transaction.atomic():
        order = orders.lock_order(pk=order_id)
        _store(order, payment_id, result, at)
        cause = f"Dispute {result.id}: {result.status}"
        retargeting.follow_money(order=order, at=at, cause=cause)
    return True


def find_stale(*, at: datetime, limit: int) -> list[str]:
    """List disputes to look at again, those that nobody looked at for longest first.

    The open ones, and those of late in which money was taken for good.
    """
    # Won, and the money is not back yet: it comes with a step of its own.
    is_awaited = Q(status=DisputeStatus.WON, withdrawn_amount__gt=0)
    is_open = (~Q(status__in=sorted(CLOSED_DISPUTES)) | is_awaited) & Q(
        checked_at__lte=at - _LOOK_AGAIN_AFTER
    )
    is_lost = Q(
        withdrawn_amount__gt=0,
        closed_at__gte=at - _CLOSED_LOOKED_AT_FOR,
        checked_at__lte=at - _CLOSED_LOOK_AGAIN_AFTER,
    )
    stale = Dispute.objects.filter(is_open | is_lost).order_by("checked_at", "pk")
    return list(stale.values_list("gateway_id", flat=True)[:limit])


def check_dispute(*, gateway_id: str, at: datetime) -> None:
    """Look at a known dispute again.

    Raises:
        GatewayError: Stripe cannot be asked; others have their turn first then.
    """
    Dispute.objects.filter(gateway_id=gateway_id).update(checked_at=at)
    sync_dispute(gateway_id=gateway_id, at=at)


def _store(
    order: Order, payment_id: int, result: records.DisputeResult, at: datetime
) -> None:
    status = DisputeStatus(result.status)
    before = Dispute.objects.filter(gateway_id=result.id).first()
    closed_at = (before and before.closed_at) or at
    Dispute.objects.update_or_create(
        gateway_id=result.id,
        defaults={
            "payment_id": payment_id,
            "amount": result.amount,
            "withdrawn_amount": result.withdrawn_amount,
            "currency": result.currency,
            "status": status,
            "reason": result.reason,
            "opened_at": result.created_at,
            "evidence_due_at": result.evidence_due_at,
            "closed_at": closed_at if status in CLOSED_DISPUTES else None,
            "checked_at": at,
        },
    )
    if before is None or before.status != status:
        _tell(order, result.id, status, is_new=before is None)


def _tell(
    order: Order, gateway_id: str, status: DisputeStatus, *, is_new: bool
) -> None:
    """Have a person look at what was opened or lost; the host hears of what is new."""
    if is_new:
        what = "Inquiry" if status in INQUIRIES else "Disputed"
        orders.note_problem(order=order, reason=f"{what}: {gateway_id}")
        signals.announce(signals.order_disputed, order_id=order.pk)
    elif status in _ALARMING:
        reason = f"Dispute {status.replace('_', ' ')}: {gateway_id}"
        orders.note_problem(order=order, reason=reason)
