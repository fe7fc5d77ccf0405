"""What a shop asks of the gateway, filled in but for the point of a test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from store.gateways import base

ORDER = "0b9c4d0e-6f1e-4a56-9b7e-6d7a3f0d1c11"
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def make_request(**changes):
    """Return a request for a payment page of one ring at $2,499.00."""
    request = base.SessionRequest(
        idempotency_key=f"order-{ORDER}-attempt-1",
        order=ORDER,
        email="customer@example.com",
        currency="USD",
        lines=(base.SessionLine("Aya ring", "Size 6½, DTC-000001", 249_900),),
        success_url="https://shop.example/orders/token/",
        cancel_url="https://shop.example/cart/",
        expires_at=AT + timedelta(minutes=31),
        shipping_countries=("US", "CA"),
        locale="auto",
    )
    return replace(request, **changes)


def make_refund(session, **changes):
    """Return a request to send a paid Session's money back."""
    request = base.RefundRequest(
        idempotency_key="refund-5f1e",
        intent_id=session.intent_id,
        amount=session.amount,
        currency=session.currency,
        order=ORDER,
        reference="5f1e",
    )
    return replace(request, **changes)
