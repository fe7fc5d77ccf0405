"""What can be done about a difference by one click, for each kind where it is known.

Every action is a service that other code calls too: it reads Stripe afresh and is safe
to repeat. Where Stripe lacks what we have, no click helps: a person must find out why.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from store.models import Difference, Refund
from store.services import disputes, orders, payments, refunds, retargeting
from store.services.reconciliation import differences, looking
from store.services.reconciliation import refunds as comparing
from store.services.reconciliation.pacing import Pace

_Kind = Difference.Kind
_CAUSE = "Reconciliation"


class NoActionError(LookupError):
    """Nothing is known to help against this kind of difference, or it is resolved.

    Find out what happened, mend it by hand, and resolve it in words.
    """


def find_label(*, kind: str, reference: str = "") -> str:
    """Return what the action on a difference does, in words; blank without one.

    A refund that has a name at Stripe was sent: sending it again would not help.
    """
    is_sent = bool(reference) and not comparing.is_own(reference=reference)
    if kind == _Kind.MISSING_REFUND and is_sent:
        return ""
    return _LABELS.get(_Kind(kind), "")


def act(*, difference_id: int, by_id: int | None, at: datetime) -> bool:
    """Do what resolves a difference and look again; tell whether it is gone.

    Raises:
        NoActionError: there is nothing to do, or it is not open any more.
        GatewayError: Stripe cannot be asked.
    """
    row = Difference.objects.open().filter(pk=difference_id).first()
    label = row and find_label(kind=row.kind, reference=row.reference)
    if row is None or not label:
        raise NoActionError(difference_id)
    _ACTIONS[_Kind(row.kind)](row, at)
    left = looking.look(kind=row.kind, reference=row.reference, pace=Pace(), at=at)
    if left:
        differences.report(finding=left, at=at)
    if left is None or left.kind != row.kind:
        differences.resolve(
            difference_id=row.pk,
            resolution=f"{label}: gone",
            resolved_by_id=by_id,
            at=at,
        )
    return left is None


def _confirm(row: Difference, at: datetime) -> None:
    payments.confirm_payment(session_id=row.reference, at=at)


def _sync_refund(row: Difference, at: datetime) -> None:
    refunds.sync_refund(gateway_id=row.reference, at=at)


def _send_refund(row: Difference, at: datetime) -> None:
    for refund in Refund.objects.due().filter(payment__order=row.order_id):
        refunds.send_refund(refund_id=refund.pk, at=at)


def _sync_dispute(row: Difference, at: datetime) -> None:
    disputes.sync_dispute(gateway_id=row.reference, at=at)


def _follow_money(row: Difference, at: datetime) -> None:
    with transaction.atomic():
        order = orders.lock_order(pk=row.order_id or 0)
        retargeting.follow_money(order=order, at=at, cause=_CAUSE)


_ACTIONS: Mapping[Difference.Kind, Callable[[Difference, datetime], None]] = {
    _Kind.UNKNOWN_PAYMENT: _confirm,
    _Kind.UNKNOWN_REFUND: _sync_refund,
    _Kind.REFUND_AMOUNT: _sync_refund,
    _Kind.MISSING_REFUND: _send_refund,
    _Kind.UNKNOWN_DISPUTE: _sync_dispute,
    _Kind.DISPUTE_AMOUNT: _sync_dispute,
    _Kind.ORDER_STATUS: _follow_money,
    _Kind.DONATION: _follow_money,
}
_LABELS: Mapping[Difference.Kind, str] = {
    _Kind.UNKNOWN_PAYMENT: "Book the payment",
    _Kind.UNKNOWN_REFUND: "Book the refund",
    _Kind.REFUND_AMOUNT: "Read the refund from Stripe",
    _Kind.MISSING_REFUND: "Send the refund",
    _Kind.UNKNOWN_DISPUTE: "Book the dispute",
    _Kind.DISPUTE_AMOUNT: "Read the dispute from Stripe",
    _Kind.ORDER_STATUS: "Let the order follow its money",
    _Kind.DONATION: "Compute the donation anew",
}
