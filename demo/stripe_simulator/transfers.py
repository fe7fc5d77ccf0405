"""Transfers: money of the platform that is sent on to connected accounts.

A refund or a dispute of the charge behind a transfer leaves the transfer alone; only
a reversal brings money back, see `reversals`.

Note: whose money it is. With a `source_transaction` the money comes from that charge,
whether it is available yet or not, and all transfers of a charge together are at most
its amount; what was reversed leaves no new room. Without one it comes from the
available balance.
"""

from demo.stripe_simulator import listing, money, problem
from demo.stripe_simulator.accounts import Accounts
from demo.stripe_simulator.charges import PAYOUT_DELAY_SECONDS, Charges
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.parts import Parts

SIMULATED = {
    "amount",
    "currency",
    "description",
    "destination",
    "expand",
    "metadata",
    "source_transaction",
    "transfer_group",
}


class Transfers:
    """The transfers of the account."""

    def __init__(self, parts: Parts, charges: Charges, accounts: Accounts) -> None:
        """Keep the parts."""
        self._state = parts.state
        self._workshop = parts.workshop
        self._events = parts.events
        self._clock = parts.clock
        self._charges = charges
        self._accounts = accounts

    def create(self, params: JsonObject) -> JsonObject:
        """Send money to a connected account.

        Raises:
            ApiError: The account cannot get it, or the source does not have it.
        """
        for name in params.keys() - SIMULATED:
            raise problem.not_simulated(name)
        amount, currency = check_amount(params), params["currency"].lower()
        self._accounts.check_recipient(params["destination"])
        charge = self._find_source(params)
        if charge:
            self._check_source(charge, amount, currency)
        else:
            self._check_balance(amount, currency)
        fields = _fields(params, charge) | {"amount": amount, "currency": currency}
        return self._send(fields, charge)

    def update(self, transfer_id: str, params: JsonObject) -> JsonObject:
        """Change description and metadata."""
        transfer = self._state.get(transfer_id, "transfer")
        if "description" in params:
            transfer["description"] = params["description"] or None
        if "metadata" in params:
            given = params["metadata"] or {}
            merged = transfer["metadata"] | given if given else {}
            transfer["metadata"] = {k: v for k, v in merged.items() if v != ""}
        self._state.save(transfer)
        self._events.emit("transfer.updated", transfer)
        return transfer

    def _send(self, fields: JsonObject, charge: JsonObject | None) -> JsonObject:
        paid_in = self._workshop.identifier("py")
        fields |= {"destination_payment": paid_in}
        transfer = self._workshop.create("tr", "transfer", fields)
        transfer["reversals"]["url"] = f"/v1/transfers/{transfer['id']}/reversals"
        moved = self._charges.record("transfer", -transfer["amount"], 0, transfer)
        if charge:
            self._wait_for(charge, moved)
        transfer["balance_transaction"] = moved
        self._state.save(transfer)
        self._events.emit("transfer.created", transfer)
        return transfer

    def _find_source(self, params: JsonObject) -> JsonObject | None:
        name = "source_transaction"
        if name not in params:
            return None
        charge = self._state.find(params[name])
        if charge is None or charge["object"] != "charge":
            message = f"No such charge: '{params[name]}'"
            raise problem.invalid(message, param=name, code="resource_missing")
        return charge

    def _check_source(self, charge: JsonObject, amount: int, currency: str) -> None:
        name = "source_transaction"
        if charge["status"] != "succeeded":
            message = f"Charge {charge['id']} is not paid: {charge['status']}."
            raise problem.refused(message, param=name)
        if charge["currency"] != currency:
            message = (
                f"The currency of source_transaction's balance transaction "
                f"({charge['currency']}) must be the same as the transfer currency "
                f"({currency})."
            )
            raise problem.refused(message, param=name)
        sent = sum(each["amount"] for each in self._sent_from(charge["id"]))
        if sent + amount > charge["amount_captured"]:
            raise problem.refused(_excess(charge, sent), param=name)

    def _sent_from(self, charge_id: str) -> list[JsonObject]:
        about = listing.equals("source_transaction", charge_id)
        return self._state.select("transfer", [about])

    def _check_balance(self, amount: int, currency: str) -> None:
        if amount > self.available(currency):
            message = (
                "You have insufficient available funds in your Stripe account. Try "
                "adding funds directly to your available balance by creating Charges "
                "using the 4000000000000077 test card."
            )
            raise problem.refused(message, code="balance_insufficient")

    def available(self, currency: str) -> int:
        """Return what the platform can send without naming a charge."""
        rows = self._state.execute(
            "SELECT SUM(json_extract(body, '$.net')) AS total FROM object"
            " WHERE kind = 'balance_transaction'"
            " AND json_extract(body, '$.currency') = ?"
            " AND json_extract(body, '$.available_on') <= ?",
            (currency, self._clock.now()),
        )
        return int(rows[0]["total"] or 0)

    def _wait_for(self, charge: JsonObject, moved: str) -> None:
        """Let a movement count from when the money of a charge does."""
        transaction = self._state.get(moved, "balance_transaction")
        available_on = self._clock.seconds() + PAYOUT_DELAY_SECONDS
        if charge["balance_transaction"]:
            paid_in = self._state.find(charge["balance_transaction"]) or {}
            available_on = paid_in.get("available_on", available_on)
        transaction["available_on"] = available_on
        is_pending = available_on > self._clock.now()
        transaction["status"] = "pending" if is_pending else "available"
        self._state.save(transaction)


def check_amount(params: JsonObject) -> int:
    """Return the amount asked for.

    Raises:
        ApiError: It is missing, or less than 1.
    """
    if params.get("amount") is None:
        message = "Missing required param: amount."
        raise problem.invalid(message, param="amount", code="parameter_missing")
    if params["amount"] < 1:
        message = "This value must be greater than or equal to 1."
        code = "parameter_invalid_integer"
        raise problem.invalid(message, param="amount", code=code)
    return int(params["amount"])


def _fields(params: JsonObject, charge: JsonObject | None) -> JsonObject:
    given = params.get("transfer_group")
    return {
        "description": params.get("description"),
        "destination": params["destination"],
        "metadata": params.get("metadata") or {},
        "source_transaction": charge["id"] if charge else None,
        "source_type": "card",
        "transfer_group": given or (_group_of(charge) if charge else None),
    }


def _group_of(charge: JsonObject) -> str:
    """Return the group of a charge; Stripe makes one up where there is none."""
    return str(charge["transfer_group"] or f"group_{charge['payment_intent']}")


def _excess(charge: JsonObject, sent: int) -> str:
    source = money.show(charge["amount_captured"], charge["currency"])
    message = (
        "Transfers using this transaction as a source must not exceed the source "
        f"amount of {source}."
    )
    if not sent:
        return message
    shown = money.show(sent, charge["currency"])
    return (
        f"{message} (There is already a transfer using this source, amounting to "
        f"{shown}.)"
    )
