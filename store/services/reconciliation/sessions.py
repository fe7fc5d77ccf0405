"""Payment pages both ways: what Stripe took against what we have booked.

A list only raises suspicion, since it may be older than our row; `look` then fetches
the one Session and judges. So a payment that arrives meanwhile is no difference.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from store.gateways import base as gateways
from store.models import Difference, Order, Payment, PaymentAttempt
from store.services.reconciliation.findings import Finding, Window
from store.services.reconciliation.pacing import PAGE, Pace

_Kind = Difference.Kind


@dataclass(frozen=True, slots=True)
class _Ours:
    """What we know of one Session: whose order it names, and what we booked for it."""

    order_id: int
    payment: Payment | None


def suspect(*, window: Window, pace: Pace) -> Iterator[str]:
    """Yield the ids of Sessions made in a window on which we may disagree.

    Sessions that name no order of ours belong to another shop and are passed over.
    """
    seen: set[str] = set()
    listed = gateways.get_gateway().list_sessions(
        since=window.since, until=window.until
    )
    for page in pace.pages(listed):
        ours = _read_ours(page)
        seen |= ours.keys()
        for session in page:
            if session.id in ours and _judge(session, ours[session.id]):
                yield session.id
    yield from _unlisted(window, seen)


def look(*, reference: str, pace: Pace) -> Finding | None:
    """Fetch one Session and say what disagrees; None when nothing does.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    pace.wait()
    try:
        session = gateways.get_gateway().fetch_session(reference)
    except gateways.DeclinedError:
        return _judge_unknown(reference)
    ours = _read_ours([session]).get(session.id)
    return _judge(session, ours) if ours else None


def _unlisted(window: Window, seen: set[str]) -> Iterator[str]:
    """Yield what we booked for Sessions that Stripe's list does not have."""
    booked = PaymentAttempt.objects.filter(
        payment__isnull=False,
        created_at__gte=window.since,
        created_at__lt=window.until,
    )
    session_ids = booked.values_list("session_id", flat=True)
    for session_id in session_ids.iterator(chunk_size=PAGE):
        if session_id not in seen:
            yield str(session_id)


def _read_ours(sessions: Iterable[gateways.Session]) -> dict[str, _Ours]:
    """Return what we know of some Sessions, by id; a foreign one is not in it."""
    sessions = list(sessions)
    attempts = PaymentAttempt.objects.filter(
        session_id__in=[session.id for session in sessions]
    ).select_related("payment")
    known = {
        str(attempt.session_id): _Ours(attempt.order_id, _payment_of(attempt))
        for attempt in attempts
    }
    orders = find_orders(
        references=[one.order for one in sessions if one.id not in known]
    )
    for session in sessions:
        if session.id not in known and session.order in orders:
            known[session.id] = _Ours(orders[session.order], None)
    return known


def _payment_of(attempt: PaymentAttempt) -> Payment | None:
    return attempt.payment if hasattr(attempt, "payment") else None


def find_orders(*, references: Iterable[str]) -> dict[str, int]:
    """Return the ids of our orders by the references that Stripe has of them."""
    named: dict[UUID, str] = {}
    for reference in references:
        try:
            named[UUID(reference)] = reference
        except ValueError:
            continue
    if not named:
        return {}
    found = Order.objects.filter(uuid__in=named).values_list("uuid", "pk")
    return {named[uuid]: pk for uuid, pk in found}


def _judge(session: gateways.Session, ours: _Ours) -> Finding | None:
    payment = ours.payment
    is_paid_there = session.status == "complete" and session.is_paid
    if payment is None:
        if not is_paid_there:
            return None
        details = f"Stripe took {session.amount} {session.currency}"
        return _find(_Kind.UNKNOWN_PAYMENT, session, ours, details)
    if not is_paid_there:
        details = f"Stripe says {session.status}, {session.payment_status}"
        return _find(_Kind.MISSING_PAYMENT, session, ours, details)
    if (payment.amount, payment.currency) != (session.amount, session.currency):
        details = (
            f"booked {payment.amount} {payment.currency}, Stripe took "
            f"{session.amount} {session.currency}"
        )
        return _find(_Kind.PAYMENT_AMOUNT, session, ours, details)
    return None


def _find(
    kind: Difference.Kind, session: gateways.Session, ours: _Ours, details: str
) -> Finding:
    is_missing = kind == _Kind.MISSING_PAYMENT
    return Finding(
        kind=kind,
        reference=session.id,
        details=details,
        order_id=ours.order_id,
        ours_amount=ours.payment.amount if ours.payment else None,
        theirs_amount=None if is_missing else session.amount,
        currency=session.currency,
    )


def _judge_unknown(session_id: str) -> Finding | None:
    """Say that we booked a payment for a Session that Stripe does not know."""
    payment = Payment.objects.filter(attempt__session_id=session_id).first()
    if payment is None:
        return None
    return Finding(
        kind=_Kind.MISSING_PAYMENT,
        reference=session_id,
        details="Stripe does not know this Session",
        order_id=payment.order_id,
        ours_amount=payment.amount,
        currency=payment.currency,
    )
