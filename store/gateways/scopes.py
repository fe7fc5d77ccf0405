"""What a restricted key must be allowed to do, each with a call that finds out.

A write names an object that cannot exist: it is refused for the name, or before that
for the key.
"""

from collections.abc import Callable, Mapping
from typing import Any

_NOBODY = "cs_test_nobody"

SCOPES: Mapping[str, Callable[[Any], object]] = {
    "Checkout Sessions write": lambda client: client.v1.checkout.sessions.expire(
        _NOBODY, None, {"idempotency_key": f"probe-{_NOBODY}"}
    ),
    "Refunds write": lambda client: client.v1.refunds.create(
        {"payment_intent": "pi_nobody"}, {"idempotency_key": "probe-pi_nobody"}
    ),
    "PaymentIntents read": lambda c: c.v1.payment_intents.list({"limit": 1}),
    "Charges read": lambda c: c.v1.charges.list({"limit": 1}),
    "Events read": lambda c: c.v1.events.list({"limit": 1}),
    "Disputes read": lambda c: c.v1.disputes.list({"limit": 1}),
    "Balance transactions read": lambda c: c.v1.balance_transactions.list({"limit": 1}),
}
