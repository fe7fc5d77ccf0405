"""Reversals: money of a transfer that comes back from the connected account."""

from demo.stripe_simulator import listing, problem
from demo.stripe_simulator.accounts import Accounts
from demo.stripe_simulator.charges import Charges
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.parts import Parts
from demo.stripe_simulator.transfers import check_amount
from demo.stripe_simulator.workshop import public

SIMULATED = {"amount", "description", "expand", "metadata"}


class Reversals:
    """The reversals of all transfers."""

    def __init__(self, parts: Parts, charges: Charges, accounts: Accounts) -> None:
        """Keep the parts."""
        self._state = parts.state
        self._workshop = parts.workshop
        self._events = parts.events
        self._charges = charges
        self._accounts = accounts

    def create(self, transfer_id: str, params: JsonObject) -> JsonObject:
        """Take a transfer back, in part when an amount is named.

        Raises:
            ApiError: There is not so much left of it, or in the connected account.
        """
        for name in params.keys() - SIMULATED:
            raise problem.not_simulated(name)
        transfer = self._state.get(transfer_id, "transfer", "id")
        amount = _amount(transfer, params)
        self._check_balance(transfer, amount)
        reversal = self._make(transfer, amount, params)
        self._count(transfer, amount)
        self._events.emit("transfer.reversed", transfer)
        return reversal

    def get(self, transfer_id: str, reversal_id: str) -> JsonObject:
        """Return one reversal of a transfer.

        Raises:
            ApiError: It has no such reversal.
        """
        reversal = self._state.get(reversal_id, "transfer_reversal")
        if reversal["transfer"] != transfer_id:
            raise problem.missing(reversal_id)
        return reversal

    def page(self, transfer_id: str, query: JsonObject) -> JsonObject:
        """Return one page of the reversals of a transfer, newest first."""
        listing.refuse_others(query, set())
        self._state.get(transfer_id, "transfer")
        about = [listing.equals("transfer", transfer_id)]
        url = f"/v1/transfers/{transfer_id}/reversals"
        return listing.page(self._state, "transfer_reversal", about, query, url)

    def _check_balance(self, transfer: JsonObject, amount: int) -> None:
        account = self._state.get(transfer["destination"], "account")
        if amount > self._accounts.balance(account, transfer["currency"]):
            message = (
                f"The connected account {account['id']} has insufficient funds to "
                "reverse this transfer."
            )
            raise problem.refused(message, code="balance_insufficient")

    def _make(
        self, transfer: JsonObject, amount: int, params: JsonObject
    ) -> JsonObject:
        fields = {
            "amount": amount,
            "currency": transfer["currency"],
            "destination_payment_refund": self._workshop.identifier("pyr"),
            "metadata": params.get("metadata") or {},
            "transfer": transfer["id"],
        }
        reversal = self._workshop.create("trr", "transfer_reversal", fields)
        moved = self._charges.record("transfer_refund", amount, 0, reversal)
        reversal["balance_transaction"] = moved
        self._state.save(reversal)
        return reversal

    def _count(self, transfer: JsonObject, amount: int) -> None:
        """Bring the transfer up to date, with its latest reversals inside."""
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        transfer["reversals"] = public(self.page(transfer["id"], {}))
        self._state.save(transfer)


def _amount(transfer: JsonObject, params: JsonObject) -> int:
    left = int(transfer["amount"]) - int(transfer["amount_reversed"])
    if left == 0:
        message = f"Transfer {transfer['id']} has already been fully reversed."
        raise problem.refused(message)
    asked = check_amount({"amount": left} | params)
    if asked > left:
        message = (
            f"Reversal amount ({asked}) is greater than unreversed amount on transfer "
            f"({left})."
        )
        raise problem.refused(message, param="amount")
    return asked
