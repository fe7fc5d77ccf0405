"""Stripe's answers, as plain JSON, read into the port's own types.

Nothing is asked here and no SDK is needed: the gateway hands over dictionaries.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from store.gateways import base


def read_session(data: Mapping[str, Any]) -> base.Session:
    """Return a Checkout Session, with as much of its payment as was expanded."""
    intent = _expanded(data, "payment_intent")
    charge = _expanded(intent, "latest_charge")
    balance = _expanded(charge, "balance_transaction")
    customer = data.get("customer_details") or {}
    return base.Session(
        id=data["id"],
        url=data.get("url") or "",
        status=data["status"],
        payment_status=data["payment_status"],
        amount=data["amount_total"],
        currency=str(data["currency"]).upper(),
        order=data.get("client_reference_id") or "",
        email=customer.get("email") or data.get("customer_email") or "",
        address=_address(data),
        intent_id=intent.get("id", ""),
        intent_status=intent.get("status", ""),
        charge_id=charge.get("id", ""),
        fee_amount=balance.get("fee"),
        net_amount=balance.get("net"),
        expires_at=datetime.fromtimestamp(data["expires_at"], UTC),
        livemode=data["livemode"],
    )


def read_refund(data: Mapping[str, Any]) -> base.RefundResult:
    """Return a refund; its payment may be an id or the object."""
    return base.RefundResult(
        id=data["id"],
        status=data["status"],
        amount=data["amount"],
        currency=str(data["currency"]).upper(),
        intent_id=_expanded(data, "payment_intent").get("id", ""),
    )


def _expanded(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an expandable field as an object, be it null, an id or the object."""
    value = data.get(name) or {}
    return {"id": value} if isinstance(value, str) else value


def _address(data: Mapping[str, Any]) -> base.Address:
    collected = data.get("collected_information") or {}
    shipping = collected.get("shipping_details") or {}
    address = shipping.get("address") or {}
    return base.Address(
        full_name=shipping.get("name") or "",
        line1=address.get("line1") or "",
        line2=address.get("line2") or "",
        city=address.get("city") or "",
        region=address.get("state") or "",
        postal_code=address.get("postal_code") or "",
        country=address.get("country") or "",
    )
