"""What a shop sends to Stripe, for tests that speak to the simulator directly."""

import json
import time


def session_params(**changes):
    """Return the parameters of an order of one ring, as a shop sends them."""
    product = {"name": "Ring, 0.5 ct", "description": "Size 52", "metadata": {"n": "1"}}
    price = {"currency": "usd", "unit_amount": 249_900, "product_data": product}
    params = {
        "adaptive_pricing": {"enabled": False},
        "cancel_url": "https://shop.example/cart/",
        "client_reference_id": "0123456789abcdef",
        "customer_email": "buyer@example.com",
        "expires_at": int(time.time()) + 1860,
        "line_items": [{"price_data": price, "quantity": 1}],
        "locale": "auto",
        "metadata": {"order": "0123456789abcdef"},
        "mode": "payment",
        "payment_intent_data": {"metadata": {"order": "0123456789abcdef"}},
        "shipping_address_collection": {"allowed_countries": ["US", "FR"]},
        "submit_type": "pay",
        "success_url": "https://shop.example/orders/x/?s={CHECKOUT_SESSION_ID}",
        "ui_mode": "hosted_page",
    }
    return {k: v for k, v in (params | changes).items() if v is not None}


def auth(key="sk_test_of_the_tests"):
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


def error_of(answer):
    """Return the error object of a plain HTTP answer."""
    return json.loads(answer.text)["error"]
