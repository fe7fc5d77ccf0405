"""Refunds both ways: what Stripe sends back against what we have booked.

A list only raises suspicion; `look` fetches the one refund and judges.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from store.domain.order import RefundStatus
from store.gateways import base as gateways
from store.models import Difference, Payment, Refund
from store.services.reconciliation.findings import (
    DAY,
    Finding,
    Window,
    find_unknown,
)
from store.services.reconciliation.pacing import PAGE, Pace

_Kind = Difference.Kind
_UNFINISHED = (RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION)
# How a refund is named that Stripe has not given a name yet.
_OWN_NAME = "refund-"


def suspect(*, window: Window, pace: Pace, at: datetime) -> Iterator[str]:
    """Yield the ids of refunds made in a window on which we may disagree.

    Refunds of payments that are not ours are passed over.
    """
    seen: set[str] = set()
    listed = gateways.get_gateway().list_refunds(since=window.since, until=window.until)
    for page in pace.pages(listed):
        known, payments = _read_ours(page)
        for result in page:
            seen.add(result.id)
            payment = payments.get(result.intent_id)
            if _judge(result, known.get(result.id), payment, at):
                yield result.id
    yield from _unlisted(window, seen)


def find_overdue(*, at: datetime) -> Iterator[Finding]:
    """Yield the refunds that we owe for more than a day and Stripe has not got."""
    overdue = Refund.objects.due().filter(created_at__lt=at - DAY)
    for refund in overdue.select_related("payment").iterator(chunk_size=PAGE):
        yield _find_missing(refund, "owed for more than a day, not sent")


def find_older(*, than: datetime) -> Iterator[str]:
    """Yield our refunds that are not finished, from before what is compared."""
    older = Refund.objects.filter(
        status__in=_UNFINISHED, gateway_id__isnull=False, created_at__lt=than
    )
    for gateway_id in older.values_list("gateway_id", flat=True).iterator(PAGE):
        yield str(gateway_id)


def is_own(*, reference: str) -> bool:
    """Tell whether a reference is our own name for a refund that Stripe has not got."""
    return reference.startswith(_OWN_NAME)


def look(*, reference: str, pace: Pace, at: datetime) -> Finding | None:
    """Fetch one refund and say what disagrees; None when nothing does.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    if is_own(reference=reference):
        overdue = find_overdue(at=at)
        return next((one for one in overdue if one.reference == reference), None)
    pace.wait()
    try:
        result = gateways.get_gateway().fetch_refund(reference)
    except gateways.DeclinedError:
        return _judge_missing(reference)
    known, payments = _read_ours([result])
    return _judge(result, known.get(result.id), payments.get(result.intent_id), at)


def _unlisted(window: Window, seen: set[str]) -> Iterator[str]:
    """Yield our refunds of the window that Stripe's list does not have."""
    sent = Refund.objects.filter(
        gateway_id__isnull=False,
        created_at__gte=window.since,
        created_at__lt=window.until,
    )
    for gateway_id in sent.values_list("gateway_id", flat=True).iterator(PAGE):
        if gateway_id not in seen:
            yield str(gateway_id)


def _read_ours(
    results: Iterable[gateways.RefundResult],
) -> tuple[dict[str, Refund], dict[str, Payment]]:
    """Return our rows of some refunds, by id, and of their payments, by intent."""
    results = list(results)
    refunds = Refund.objects.filter(gateway_id__in=[one.id for one in results])
    payments = Payment.objects.filter(intent_id__in={one.intent_id for one in results})
    return (
        {str(row.gateway_id): row for row in refunds.select_related("payment")},
        {row.intent_id: row for row in payments},
    )


def _judge(
    result: gateways.RefundResult,
    refund: Refund | None,
    payment: Payment | None,
    at: datetime,
) -> Finding | None:
    if refund is None:
        kind = _Kind.UNKNOWN_REFUND
        if payment is None:
            return None
        return find_unknown(kind=kind, result=result, payment=payment, at=at)
    ours = (refund.status, refund.amount, refund.currency)
    if ours == (result.status, result.amount, result.currency):
        return None
    return Finding(
        kind=_Kind.REFUND_AMOUNT,
        reference=result.id,
        details=f"booked as {refund.status}, Stripe says {result.status}",
        order_id=refund.payment.order_id,
        ours_amount=refund.amount,
        theirs_amount=result.amount,
        currency=result.currency,
    )


def _judge_missing(gateway_id: str) -> Finding | None:
    known = Refund.objects.filter(gateway_id=gateway_id).select_related("payment")
    refund = known.first()
    if refund is None:
        return None
    return _find_missing(refund, "Stripe does not know this refund")


def _find_missing(refund: Refund, details: str) -> Finding:
    return Finding(
        kind=_Kind.MISSING_REFUND,
        reference=refund.gateway_id or refund.idempotency_key,
        details=details,
        order_id=refund.payment.order_id,
        ours_amount=refund.amount,
        currency=refund.currency,
    )
