"""Tells the Stripe simulator of the past year, which never passed through it.

Without it the nightly reconciliation would find every sample order missing at Stripe.
The file is written anew after each seeding; the simulator reads it when it changes.
"""

import json
import pathlib
from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from store.domain.order import RefundStatus
from store.models import Order, Payment, PaymentAttempt, Refund

SESSIONS = "cs_sample_"
CHUNK = 1000


def write(path: pathlib.Path) -> int:
    """Write one line for each Session of the sample; return how many there are.

    The file is complete or not there: whoever reads it never meets half of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    count = 0
    with unfinished.open("w", encoding="utf-8") as lines:
        for payment in _tell():
            lines.write(json.dumps(payment, separators=(",", ":")) + "\n")
            count += 1
    unfinished.replace(path)
    return count


def _tell() -> Iterator[dict[str, Any]]:
    done = Refund.objects.filter(status=RefundStatus.SUCCEEDED)
    succeeded = Prefetch("payment__refunds", done.order_by("pk"))
    attempts = (
        PaymentAttempt.objects.filter(session_id__startswith=SESSIONS)
        .select_related("order", "payment")
        .prefetch_related(succeeded)
        .order_by("created_at", "pk")
    )
    for attempt in attempts.iterator(CHUNK):
        payment = getattr(attempt, "payment", None)
        yield _session(attempt) | (_money(payment) if payment else {})


def _session(attempt: PaymentAttempt) -> dict[str, Any]:
    order = attempt.order
    return {
        "session": attempt.session_id,
        "order": str(order.uuid),
        "amount": attempt.amount,
        "currency": attempt.currency,
        "email": order.email,
        "created": int(attempt.created_at.timestamp()),
        "expires_at": int(attempt.expires_at.timestamp()),
        "name": order.full_name,
        "address": _address(order),
    }


def _address(order: Order) -> dict[str, str]:
    return {
        "line1": order.address_line1,
        "line2": order.address_line2,
        "city": order.address_city,
        "state": order.address_region,
        "postal_code": order.address_postal_code,
        "country": order.address_country,
    }


def _money(payment: Payment) -> dict[str, Any]:
    return {
        "intent": payment.intent_id,
        "charge": payment.charge_id,
        "paid_at": int(payment.paid_at.timestamp()),
        "fee": payment.fee_amount or 0,
        "refunds": [_refund(refund) for refund in payment.refunds.all()],
    }


def _refund(refund: Refund) -> dict[str, Any]:
    created = int(refund.created_at.timestamp())
    return {"id": refund.gateway_id, "amount": refund.amount, "created": created}
