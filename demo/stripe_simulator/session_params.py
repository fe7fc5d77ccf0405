"""What may be asked of a new Checkout Session, beyond what the contract tells.

The contract knows every parameter of the API; the simulator acts on some.
Asking for another is refused by name, so that no test passes on a parameter
that did nothing.
"""

import re
from collections.abc import Iterator
from typing import Any

from demo.stripe_simulator import money, problem, taxes
from demo.stripe_simulator.json_types import JsonObject

ANYTHING = None
SHIPPING_RATE = {
    "delivery_estimate": ANYTHING,
    "display_name": ANYTHING,
    "fixed_amount": {"amount": ANYTHING, "currency": ANYTHING},
    "metadata": ANYTHING,
    "tax_behavior": ANYTHING,
    "type": ANYTHING,
}
LINE_ITEM = {
    "metadata": ANYTHING,
    "price_data": {
        "currency": ANYTHING,
        "product_data": {
            "description": ANYTHING,
            "images": ANYTHING,
            "metadata": ANYTHING,
            "name": ANYTHING,
        },
        "tax_behavior": ANYTHING,
        "unit_amount": ANYTHING,
    },
    "quantity": ANYTHING,
}
SIMULATED: JsonObject = {
    "adaptive_pricing": {"enabled": ANYTHING},
    "allow_promotion_codes": ANYTHING,
    "automatic_tax": {"enabled": ANYTHING},
    "cancel_url": ANYTHING,
    "client_reference_id": ANYTHING,
    "customer_creation": ANYTHING,
    "customer_email": ANYTHING,
    "excluded_payment_method_types": ANYTHING,
    "expand": ANYTHING,
    "expires_at": ANYTHING,
    "line_items": LINE_ITEM,
    "locale": ANYTHING,
    "metadata": ANYTHING,
    "mode": ANYTHING,
    "payment_intent_data": {
        "description": ANYTHING,
        "metadata": ANYTHING,
        "transfer_group": ANYTHING,
    },
    "phone_number_collection": {"enabled": ANYTHING},
    "shipping_address_collection": {"allowed_countries": ANYTHING},
    "shipping_options": {"shipping_rate_data": SHIPPING_RATE},
    "submit_type": ANYTHING,
    "success_url": ANYTHING,
    "ui_mode": ANYTHING,
}
# The only value simulated for a parameter, where the API knows more.
ONLY = {
    ("adaptive_pricing", "enabled"): False,
    ("allow_promotion_codes",): False,
    ("customer_creation",): "if_required",
    ("mode",): "payment",
    ("phone_number_collection", "enabled"): False,
    ("ui_mode",): "hosted_page",
}
SHORTEST_SECONDS = 30 * 60
LONGEST_SECONDS = 24 * 60 * 60
CLOCK_TOLERANCE_SECONDS = 10
METADATA_KEYS = 50
METADATA_KEY_LENGTH = 40
METADATA_VALUE_LENGTH = 500
REFERENCE_LENGTH = 200
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def check(params: JsonObject, now: int) -> None:
    """Refuse a Session that Stripe would refuse or that is not simulated.

    Raises:
        ApiError: Names the parameter and the rule.
    """
    _check_simulated(params, SIMULATED, "")
    _check_only(params)
    _check_addresses(params)
    _check_expiry(params, now)
    _check_texts(params)
    for name, metadata in _metadata(params):
        _check_metadata(name, metadata)
    _check_lines(params)
    taxes.check(params)


def currency_of(params: JsonObject) -> str:
    """Return the one currency of the line items."""
    return str(params["line_items"][0]["price_data"]["currency"]).lower()


def subtotal(params: JsonObject) -> int:
    """Return the sum of the line items and of the first way of shipping."""
    lines = params["line_items"]
    goods = sum(i["price_data"]["unit_amount"] * i.get("quantity", 1) for i in lines)
    rates = [o.get("shipping_rate_data") for o in params.get("shipping_options") or []]
    fixed = (rates[0] or {}).get("fixed_amount") or {} if rates else {}
    return int(goods + (fixed.get("amount") or 0))


def _check_simulated(value: Any, known: Any, path: str) -> None:
    if known is ANYTHING:
        return
    if isinstance(value, list):
        for place, inner in enumerate(value):
            _check_simulated(inner, known, f"{path}[{place}]")
    elif isinstance(value, dict):
        for key, inner in value.items():
            inner_path = f"{path}[{key}]" if path else key
            if key not in known:
                raise problem.not_simulated(inner_path)
            _check_simulated(inner, known[key], inner_path)


def _check_only(params: JsonObject) -> None:
    for (first, *rest), simulated in ONLY.items():
        value = params.get(first)
        for key in rest:
            value = (value or {}).get(key)
        if value is not None and value != simulated:
            name = first + "".join(f"[{key}]" for key in rest)
            raise problem.not_simulated(name, f" other than {simulated}")


def _check_addresses(params: JsonObject) -> None:
    if not params.get("success_url"):
        raise _parameter_missing("success_url")
    for name in ("success_url", "cancel_url"):
        url = params.get(name)
        if url and not re.match(r"https?://[^/\s]+", url):
            raise problem.invalid("Not a valid URL", param=name, code="url_invalid")


def _check_expiry(params: JsonObject, now: int) -> None:
    if params.get("expires_at") is None:
        return
    seconds = params["expires_at"] - now
    if (
        seconds < SHORTEST_SECONDS - CLOCK_TOLERANCE_SECONDS
        or seconds > LONGEST_SECONDS + CLOCK_TOLERANCE_SECONDS
    ):
        message = "expires_at must be between 30 minutes and 24 hours from now."
        raise problem.invalid(message, param="expires_at")


def _check_texts(params: JsonObject) -> None:
    if len(params.get("client_reference_id") or "") > REFERENCE_LENGTH:
        message = f"At most {REFERENCE_LENGTH} characters."
        raise problem.invalid(message, param="client_reference_id")
    email = params.get("customer_email")
    if email and not EMAIL.fullmatch(email):
        message = f"Invalid email address: {email}"
        raise problem.invalid(message, param="customer_email", code="email_invalid")


def _metadata(params: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    yield "metadata", params.get("metadata") or {}
    intent = params.get("payment_intent_data") or {}
    yield "payment_intent_data[metadata]", intent.get("metadata") or {}


def _check_metadata(name: str, metadata: JsonObject) -> None:
    if len(metadata) > METADATA_KEYS:
        raise problem.invalid(f"At most {METADATA_KEYS} keys.", param=name)
    for key, value in metadata.items():
        if len(key) > METADATA_KEY_LENGTH:
            message = f"Keys have at most {METADATA_KEY_LENGTH} characters."
            raise problem.invalid(message, param=name)
        if len(value) > METADATA_VALUE_LENGTH:
            message = f"Values have at most {METADATA_VALUE_LENGTH} characters."
            raise problem.invalid(message, param=f"{name}[{key}]")


def _check_lines(params: JsonObject) -> None:
    lines = params.get("line_items")
    if not lines:
        raise _parameter_missing("line_items")
    for place, line in enumerate(lines):
        _check_line(line, f"line_items[{place}]")
    currencies = {line["price_data"]["currency"].lower() for line in lines}
    if len(currencies) > 1:
        message = "All line items must have the same currency."
        raise problem.invalid(message, param="line_items")
    _check_total(params)


def _check_line(line: JsonObject, path: str) -> None:
    if not line.get("price_data"):
        raise _parameter_missing(f"{path}[price_data]")
    for name in ("unit_amount", "product_data"):
        if line["price_data"].get(name) in (None, ""):
            raise _parameter_missing(f"{path}[price_data][{name}]")
    if line["price_data"]["unit_amount"] < 0:
        param = f"{path}[price_data][unit_amount]"
        message = "This value must be greater than or equal to 0."
        raise problem.invalid(message, param=param, code="parameter_invalid_integer")
    if line.get("quantity", 1) < 1:
        message = "This value must be greater than or equal to 1."
        raise problem.invalid(message, param=f"{path}[quantity]")


def _check_total(params: JsonObject) -> None:
    total, currency = subtotal(params), currency_of(params)
    if total > money.LARGEST:
        shown = money.show(money.LARGEST, currency)
        message = f"The total must be no more than {shown}."
        raise problem.invalid(message, param="line_items", code="amount_too_large")
    if 0 < total < money.smallest(currency):
        shown = money.show(money.smallest(currency), currency)
        message = f"The total amount must be at least {shown}."
        raise problem.invalid(message, param="line_items", code="amount_too_small")


def _parameter_missing(name: str) -> problem.ApiError:
    message = f"Missing required param: {name}."
    return problem.invalid(message, param=name, code="parameter_missing")
