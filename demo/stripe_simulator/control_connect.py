"""What can be ordered about connected accounts, and what they were sent."""

import dataclasses

from demo.stripe_simulator import control_fields
from demo.stripe_simulator.control_actions import Actions, Run, Values
from demo.stripe_simulator.control_fields import ControlError
from demo.stripe_simulator.json_types import JsonObject


@dataclasses.dataclass(frozen=True, slots=True)
class AccountOrder:
    """What a connected account shall be; what is left out stays as it is."""

    id: str = "acct_beneficiary"
    country: str | None = None
    payouts_enabled: bool | None = None
    transfers: str | None = None


class Connect(Actions):
    """What becomes of connected accounts and of their money."""

    def runs(self) -> dict[str, Run]:
        """Return what each order does, by its address."""
        return {
            "accounts": self._connect,
            "accounts/<id>/spend": self._spend,
            "platform": self._move_platform,
            "transfers/<id>/reverse": self._reverse,
        }

    def _connect(self, _: str, values: Values) -> JsonObject:
        order = control_fields.fill(AccountOrder, values)
        return self._simulator.connect_account(
            order.id,
            order.country,
            payouts_enabled=order.payouts_enabled,
            transfers=order.transfers,
        )

    def _spend(self, account_id: str, values: Values) -> JsonObject:
        if not values.get("currency"):
            raise ControlError("currency says which balance is spent")
        amount = control_fields.whole(values, "amount")
        currency = str(values["currency"])
        s = self._simulator
        s.spend_connected_balance(account_id, currency, amount)
        account = s.accounts.get(account_id)
        return {"id": account_id, "balances": s.accounts.balances(account)}

    def _move_platform(self, _: str, values: Values) -> JsonObject:
        with self._simulator.state.transaction():
            country = str(values.get("country") or "US")
            return self._simulator.accounts.move_platform(country)

    def _reverse(self, transfer_id: str, values: Values) -> JsonObject:
        amount = control_fields.whole(values, "amount")
        params = {} if amount is None else {"amount": amount}
        with self._simulator.state.transaction():
            return self._simulator.reversals.create(transfer_id, params)
