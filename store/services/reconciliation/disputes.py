"""Disputes both ways: what banks took through Stripe against what we have booked.

A list only raises suspicion; `look` fetches the one dispute and judges.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Q

from store.gateways import base as gateways
from store.gateways import records
from store.models import Difference, Dispute, Payment
from store.services.reconciliation.findings import Finding, Window, find_unknown
from store.services.reconciliation.pacing import PAGE, Pace

_Kind = Difference.Kind


def suspect(*, window: Window, pace: Pace, at: datetime) -> Iterator[str]:
    """Yield the ids of disputes opened in a window on which we may disagree.

    Disputes of payments that are not ours are passed over.
    """
    seen: set[str] = set()
    listed = gateways.get_gateway().list_disputes(
        since=window.since, until=window.until
    )
    for page in pace.pages(listed):
        known, payments = _read_ours(page)
        for result in page:
            seen.add(result.id)
            if _judge(result, known.get(result.id), _match(result, payments), at):
                yield result.id
    yield from _unlisted(window, seen)


def look(*, reference: str, pace: Pace, at: datetime) -> Finding | None:
    """Fetch one dispute and say what disagrees; None when nothing does.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    pace.wait()
    try:
        result = gateways.get_gateway().fetch_dispute(reference)
    except gateways.DeclinedError:
        return _judge_missing(reference)
    known, payments = _read_ours([result])
    return _judge(result, known.get(result.id), _match(result, payments), at)


def find_older(*, than: datetime) -> Iterator[str]:
    """Yield our disputes that go on, from before the time that is compared."""
    older = Dispute.objects.open().filter(opened_at__lt=than)
    yield from older.values_list("gateway_id", flat=True).iterator(PAGE)


def _unlisted(window: Window, seen: set[str]) -> Iterator[str]:
    """Yield our disputes of the window that Stripe's list does not have."""
    opened = Dispute.objects.filter(
        opened_at__gte=window.since, opened_at__lt=window.until
    )
    for gateway_id in opened.values_list("gateway_id", flat=True).iterator(PAGE):
        if gateway_id not in seen:
            yield gateway_id


def _read_ours(
    results: Iterable[records.DisputeResult],
) -> tuple[dict[str, Dispute], dict[str, Payment]]:
    """Return our rows of some disputes, and their payments by intent and by charge."""
    results = list(results)
    disputes = Dispute.objects.filter(gateway_id__in=[one.id for one in results])
    payments = Payment.objects.filter(
        Q(intent_id__in=[one.intent_id for one in results if one.intent_id])
        | Q(charge_id__in=[one.charge_id for one in results if one.charge_id])
    )
    named: dict[str, Payment] = {}
    for row in payments:
        named |= {row.charge_id: row, row.intent_id: row}
    known = {row.gateway_id: row for row in disputes.select_related("payment")}
    return known, named


def _match(
    result: records.DisputeResult, payments: dict[str, Payment]
) -> Payment | None:
    # A charge may have no intent; a payment whose charge is unknown has a blank one.
    return payments.get(result.intent_id or result.charge_id)


def _judge(
    result: records.DisputeResult,
    dispute: Dispute | None,
    payment: Payment | None,
    at: datetime,
) -> Finding | None:
    if dispute is None:
        kind = _Kind.UNKNOWN_DISPUTE
        if payment is None:
            return None
        return find_unknown(kind=kind, result=result, payment=payment, at=at)
    ours = (dispute.status, dispute.amount, dispute.withdrawn_amount, dispute.currency)
    theirs = (result.status, result.amount, result.withdrawn_amount, result.currency)
    if ours == theirs:
        return None
    return Finding(
        kind=_Kind.DISPUTE_AMOUNT,
        reference=result.id,
        details=(
            f"booked {dispute.amount} as {dispute.status}, "
            f"Stripe says {result.amount} as {result.status}"
        ),
        order_id=dispute.payment.order_id,
        ours_amount=dispute.withdrawn_amount,
        theirs_amount=result.withdrawn_amount,
        currency=result.currency,
    )


def _judge_missing(gateway_id: str) -> Finding | None:
    known = Dispute.objects.filter(gateway_id=gateway_id).select_related("payment")
    dispute = known.first()
    if dispute is None:
        return None
    return Finding(
        kind=_Kind.DISPUTE_AMOUNT,
        reference=gateway_id,
        details="Stripe does not know this dispute",
        order_id=dispute.payment.order_id,
        ours_amount=dispute.withdrawn_amount,
        currency=dispute.currency,
    )
