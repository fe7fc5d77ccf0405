"""Attempts and their Checkout Sessions: create the row, then open the page.

A request to Stripe is built from stored rows alone, so a repeated one is equal to the
first and its stored key returns the same Session (payments.md S1 to S3).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from store.conf import conf
from store.domain.order import AttemptStatus
from store.gateways import base as gateways
from store.models import Line, Order, PaymentAttempt


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
        lines=tuple(_list_lines(order)),
        success_url=conf.SITE_URL + order.get_absolute_url(),
        cancel_url=conf.SITE_URL + reverse("store:cart"),
        expires_at=attempt.expires_at,
        shipping_countries=_countries(order),
        locale=attempt.locale,
        shipping=_shipping(order),
        is_taxed_there=order.is_tax_awaited,
        is_tax_included=order.is_tax_included,
    )


def _list_lines(order: Order) -> Iterator[gateways.SessionLine]:
    """Yield each piece at what is paid for it, and the tax that was added to all."""
    added = 0
    for line in order.lines.select_related("piece").order_by("position"):
        added += line.added_tax_amount
        yield gateways.SessionLine(
            name=line.item_name,
            description=_description(line),
            amount=line.total_amount - line.added_tax_amount,
        )
    if added:
        yield gateways.SessionLine(f"Tax ({order.tax_name})", "", added)


def _description(line: Line) -> str:
    size = f"Size {line.size}, " if line.size else ""
    engraved = ", engraved" if line.engraving else ""
    return f"{size}{line.piece.serial_number}{engraved}"


def _countries(order: Order) -> tuple[str, ...]:
    """Return the country that was chosen, so that the page offers no other."""
    chosen = order.address_country
    return (chosen,) if chosen else tuple(conf.SHIPPING_COUNTRIES)


def _shipping(order: Order) -> gateways.ShippingCharge | None:
    if not order.shipping_name:
        return None
    insured = " (insured)" if order.is_insured else ""
    return gateways.ShippingCharge(order.shipping_name + insured, order.shipping_amount)
