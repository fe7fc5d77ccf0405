"""Attempts and their Checkout Sessions: create the row, then open the page.

A request to Stripe is built from stored rows alone, so a repeated one is equal to the
first and its stored key returns the same Session (payments.md S1 to S3).
"""

from datetime import datetime, timedelta

from django.urls import reverse

from store.conf import conf
from store.domain.order import AttemptStatus
from store.gateways import base as gateways
from store.models import Order, PaymentAttempt


def create_attempt(*, order: Order, at: datetime, locale: str) -> PaymentAttempt:
    """Record the next attempt at paying `order`, with its key; call nobody."""
    number = order.attempts.count() + 1
    return PaymentAttempt.objects.create(
        order=order,
        number=number,
        idempotency_key=f"order-{order.uuid}-attempt-{number}",
        amount=order.total_amount,
        currency=order.currency,
        locale=locale,
        expires_at=at + timedelta(seconds=conf.SESSION_SECONDS),
        created_at=at,
    )


def open_session(*, attempt: PaymentAttempt, at: datetime) -> gateways.Session:
    """Open the attempt's payment page under its stored key, and record it.

    Raises:
        GatewayError: no page was opened, or we do not know; the key finds out.
    """
    session = gateways.get_gateway().start_session(_request(attempt))
    record_session(attempt=attempt, session=session, at=at)
    return session


def record_session(
    *, attempt: PaymentAttempt, session: gateways.Session, at: datetime
) -> None:
    """Store which Session belongs to the attempt; the first writer wins."""
    PaymentAttempt.objects.filter(pk=attempt.pk, session_id=None).update(
        session_id=session.id, url=session.url, checked_at=at
    )
    PaymentAttempt.objects.filter(pk=attempt.pk, status=AttemptStatus.CREATED).update(
        status=AttemptStatus.OPEN
    )
    attempt.refresh_from_db(fields=["session_id", "url", "status"])


def _request(attempt: PaymentAttempt) -> gateways.SessionRequest:
    order = attempt.order
    return gateways.SessionRequest(
        idempotency_key=attempt.idempotency_key,
        order=str(order.uuid),
        email=order.email,
        currency=attempt.currency,
        lines=tuple(
            gateways.SessionLine(
                name=line.item_name,
                description=_description(line.size, line.piece.serial_number),
                amount=line.total_amount,
            )
            for line in order.lines.select_related("piece").order_by("position")
        ),
        success_url=conf.SITE_URL + order.get_absolute_url(),
        cancel_url=conf.SITE_URL + reverse("store:cart"),
        expires_at=attempt.expires_at,
        shipping_countries=tuple(conf.SHIPPING_COUNTRIES),
        locale=attempt.locale,
    )


def _description(size: str, serial_number: str) -> str:
    return f"Size {size}, {serial_number}" if size else serial_number
