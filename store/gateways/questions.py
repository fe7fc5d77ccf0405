"""What Stripe is asked, as plain parameters built from the port's own types.

Nothing is asked here and no SDK is needed: the gateway sends the dictionaries.
"""

from typing import Any

from store.gateways import base, limits


def session(request: base.SessionRequest) -> dict[str, Any]:
    """Return the parameters of a payment page on Stripe's own address."""
    reference = {"order": request.order}
    return {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "client_reference_id": request.order,
        "customer_email": request.email,
        "metadata": reference,
        # A Session's metadata does not reach its PaymentIntent.
        "payment_intent_data": {"metadata": reference},
        "line_items": [_line_item(line, request) for line in request.lines],
        "expires_at": int(request.expires_at.timestamp()),
        "shipping_address_collection": {
            "allowed_countries": list(request.shipping_countries)
        },
        # The amount shown must be the order's: no conversion, no codes of Stripe's.
        "adaptive_pricing": {"enabled": False},
        "allow_promotion_codes": False,
        "locale": request.locale,
        **_shipping(request),
        **({"automatic_tax": {"enabled": True}} if request.is_taxed_there else {}),
    }


def _line_item(line: base.SessionLine, request: base.SessionRequest) -> dict[str, Any]:
    return {
        "quantity": 1,
        "price_data": {
            "currency": request.currency.lower(),
            "unit_amount": limits.to_stripe(line.amount, request.currency),
            "product_data": _name(line),
            **_tax_behavior(request),
        },
    }


def _name(line: base.SessionLine) -> dict[str, str]:
    """Return name and description; Stripe refuses an empty description."""
    described = {"description": line.description} if line.description else {}
    return {"name": line.name, **described}


def _shipping(request: base.SessionRequest) -> dict[str, Any]:
    if request.shipping is None:
        return {}
    rate = {
        "type": "fixed_amount",
        "display_name": request.shipping.name,
        "fixed_amount": {
            "amount": limits.to_stripe(request.shipping.amount, request.currency),
            "currency": request.currency.lower(),
        },
        **_tax_behavior(request),
    }
    return {"shipping_options": [{"shipping_rate_data": rate}]}


def _tax_behavior(request: base.SessionRequest) -> dict[str, str]:
    if not request.is_taxed_there:
        return {}
    behavior = "inclusive" if request.is_tax_included else "exclusive"
    return {"tax_behavior": behavior}
