"""Stripe's answers, as plain JSON, read into the port's own types.

Nothing is asked here and no SDK is needed: the gateway hands over dictionaries.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from store.gateways import base, connect, limits, records


def read_session(data: Mapping[str, Any]) -> base.Session:
    """Return a Checkout Session, with as much of its payment as was expanded."""
    intent = _expanded(data, "payment_intent")
    charge = _expanded(intent, "latest_charge")
    balance = _expanded(charge, "balance_transaction")
    customer = data.get("customer_details") or {}
    totals = data.get("total_details") or {}
    shipping = data.get("shipping_cost") or {}
    return base.Session(
        id=data["id"],
        url=data.get("url") or "",
        status=data["status"],
        payment_status=data["payment_status"],
        amount=_amount(data, "amount_total"),
        currency=_currency(data),
        order=data.get("client_reference_id") or "",
        email=customer.get("email") or data.get("customer_email") or "",
        address=_address(data),
        intent_id=intent.get("id", ""),
        intent_status=intent.get("status", ""),
        charge_id=charge.get("id", ""),
        fee_amount=_known_amount(balance, "fee"),
        net_amount=_known_amount(balance, "net"),
        expires_at=_moment(data["expires_at"]),
        livemode=data["livemode"],
        created_at=_moment(data["created"]),
        tax_amount=_convert(totals.get("amount_tax", 0), data),
        shipping_tax_amount=_convert(shipping.get("amount_tax", 0), data),
        refunded_amount=_convert(charge.get("amount_refunded", 0), data),
    )


def read_refund(data: Mapping[str, Any]) -> base.RefundResult:
    """Return a refund; its payment may be an id or the object."""
    return base.RefundResult(
        id=data["id"],
        status=data["status"],
        amount=_amount(data, "amount"),
        currency=_currency(data),
        intent_id=_expanded(data, "payment_intent").get("id", ""),
        pending_reason=data.get("pending_reason") or "",
        failure_reason=data.get("failure_reason") or "",
        created_at=_moment(data["created"]),
        reference=str((data.get("metadata") or {}).get("refund") or ""),
    )


def read_charge(data: Mapping[str, Any]) -> records.Charge:
    """Return a charge, with what went back as Stripe counts it."""
    return records.Charge(
        id=data["id"],
        intent_id=_expanded(data, "payment_intent").get("id", ""),
        amount=_amount(data, "amount_captured"),
        refunded_amount=_amount(data, "amount_refunded"),
        currency=_currency(data),
        is_disputed=data["disputed"],
        order=_reference(data),
        created_at=_moment(data["created"]),
    )


def read_dispute(data: Mapping[str, Any]) -> records.DisputeResult:
    """Return a dispute and the money that it moved, whatever it is called."""
    amount = _amount(data, "amount")
    due_by = (data.get("evidence_details") or {}).get("due_by")
    return records.DisputeResult(
        id=data["id"],
        status=data["status"],
        amount=amount,
        withdrawn_amount=_withdrawn(data, amount),
        currency=_currency(data),
        charge_id=_expanded(data, "charge").get("id", ""),
        intent_id=_expanded(data, "payment_intent").get("id", ""),
        reason=data.get("reason") or "",
        created_at=_moment(data["created"]),
        evidence_due_at=_moment(due_by) if due_by else None,
    )


def read_balance_change(data: Mapping[str, Any]) -> records.BalanceChange:
    """Return one row of Stripe's books; its source may be an id or the object."""
    source = _expanded(data, "source")
    return records.BalanceChange(
        id=data["id"],
        type=data["type"],
        amount=_amount(data, "amount"),
        fee_amount=_amount(data, "fee"),
        net_amount=_amount(data, "net"),
        currency=_currency(data),
        source_id=source.get("id", ""),
        order=_reference(source),
        created_at=_moment(data["created"]),
    )


def read_account(data: Mapping[str, Any]) -> connect.Account:
    """Return what an account at Stripe can do."""
    capabilities = data.get("capabilities") or {}
    return connect.Account(
        id=data["id"],
        country=str(data.get("country") or ""),
        is_paying_out=bool(data.get("payouts_enabled")),
        is_taking_transfers=capabilities.get("transfers") == "active",
    )


def read_transfer(data: Mapping[str, Any]) -> connect.TransferResult:
    """Return a transfer with what came back of it."""
    return connect.TransferResult(
        id=data["id"],
        amount=_amount(data, "amount"),
        reversed_amount=_amount(data, "amount_reversed"),
        currency=_currency(data),
        account_id=_expanded(data, "destination").get("id", ""),
        reference=str((data.get("metadata") or {}).get("transfer") or ""),
    )


def read_recall(data: Mapping[str, Any]) -> connect.RecallResult:
    """Return one recall of a transfer."""
    return connect.RecallResult(
        id=data["id"],
        amount=_amount(data, "amount"),
        currency=_currency(data),
        reference=str((data.get("metadata") or {}).get("recall") or ""),
    )


def read_event(data: Any, text: str) -> base.Event:
    """Return an event; `text` is kept as it came.

    Raises:
        BadSignatureError: it is no snapshot event.
        KeyError, TypeError: a part is missing, or of another kind.
    """
    if not isinstance(data, dict) or data.get("object") != "event":
        raise base.BadSignatureError("not a snapshot event")
    subject = data["data"]["object"]
    return base.Event(
        id=str(data["id"]),
        type=str(data["type"]),
        object_id=str(subject["id"]) if "id" in subject else "",
        account_id=str(data.get("account") or ""),
        livemode=bool(data["livemode"]),
        api_version=str(data.get("api_version") or ""),
        created_at=_moment(data["created"]),
        payload=text,
    )


def _currency(data: Mapping[str, Any]) -> str:
    return str(data["currency"]).upper()


def _amount(data: Mapping[str, Any], name: str) -> int:
    return _convert(data[name], data)


def _known_amount(data: Mapping[str, Any], name: str) -> int | None:
    """Return an amount of an object that may be an id only, or not there yet."""
    return _amount(data, name) if name in data else None


def _convert(amount: int, data: Mapping[str, Any]) -> int:
    """Return an amount in our minor units; `data` has its currency."""
    return limits.from_stripe(amount, _currency(data))


def _withdrawn(data: Mapping[str, Any], disputed: int) -> int:
    """Return what a dispute took and did not give back, in the dispute's currency.

    Its balance transactions may be in another one, that of the account: then the part
    of it that was kept is the part of the dispute that was.
    """
    moves = data.get("balance_transactions") or ()
    amounts = [_amount(one, "amount") for one in moves]
    kept = max(-sum(amounts), 0)
    if all(_currency(one) == _currency(data) for one in moves):
        return min(kept, disputed)
    taken = -sum(amount for amount in amounts if amount < 0)
    return -(-disputed * kept // taken)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _reference(data: Mapping[str, Any]) -> str:
    return str((data.get("metadata") or {}).get("order") or "")


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
