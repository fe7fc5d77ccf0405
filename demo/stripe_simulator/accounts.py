"""Accounts of Connect: the platform's own, and those it can send money to.

Note: the balance of a connected account. It is what transfers brought, less what was
reversed, less what the account spent: paid out to its bank, as a rule. Money that is
not yet available there counts as well. Only the control API spends it.
"""

from typing import Any

from babel.numbers import get_territory_currencies

from demo.stripe_simulator import problem
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.parts import Parts
from demo.stripe_simulator.problem import ApiError

PLATFORM = "acct_platform"
CAPABILITIES = ("active", "inactive", "pending")
# One area as far as transfers go; elsewhere they stay inside the country.
AREA = (
    "AT BE BG CA CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO "
    "PL PT RO SE SI SK US"
)
GONE = (
    "The provided key does not have access to account '{}' (or that account does not "
    "exist). Application access may have been revoked."
)


class Accounts:
    """The accounts that the platform's key can see."""

    def __init__(self, parts: Parts) -> None:
        """Keep the parts."""
        self._state = parts.state
        self._workshop = parts.workshop
        self._events = parts.events

    def platform(self) -> JsonObject:
        """Return the account that the key belongs to."""
        country = self._state.recall("platform_country", "US")
        made = self._workshop.blank("account") | _place(country)
        made |= {"id": PLATFORM, "object": "account", "type": "standard"}
        made["capabilities"] = {"card_payments": "active", "transfers": "active"}
        return made | dict.fromkeys(_ENABLED, True)

    def move_platform(self, country: str) -> JsonObject:
        """Let the platform be at home in another country.

        Raises:
            ApiError: There is no such country.
        """
        self._state.remember("platform_country", str(_place(country)["country"]))
        return self.platform()

    def get(self, account_id: str) -> JsonObject:
        """Return an account.

        Raises:
            ApiError: It is neither the platform nor connected.
        """
        if account_id == PLATFORM:
            return self.platform()
        account = self.find(account_id)
        if account is None:
            raise _denied(account_id)
        return account

    def find(self, account_id: str) -> JsonObject | None:
        """Return a connected account, or nothing."""
        account = self._state.find(account_id)
        return account if account and account["object"] == "account" else None

    def connect(self, account_id: str, **asked: Any) -> JsonObject:
        """Add a connected account, or change one; `None` leaves a thing as it is.

        Raises:
            ApiError: The id, the country or the capability is none.
        """
        if not account_id.startswith("acct_") or account_id == PLATFORM:
            message = "The id of a connected account begins with acct_."
            raise problem.invalid(message, param="id")
        changes = _changes({k: v for k, v in asked.items() if v is not None})
        known = self.find(account_id)
        if known is None:
            fields = _new(account_id) | changes
            return self._workshop.create("acct", "account", fields)
        self._state.save(known | changes)
        self._events.emit("account.updated", known | changes, account_id)
        return known | changes

    def check_recipient(self, account_id: str) -> JsonObject:
        """Return the account that money may be sent to.

        Raises:
            ApiError: There is none, or its capability or its country forbids it.
        """
        account = self.find(account_id)
        if account is None:
            message = f"No such destination: '{account_id}'"
            code = "resource_missing"
            raise problem.invalid(message, param="destination", code=code)
        if account["capabilities"]["transfers"] != "active":
            message = (
                "Your destination account needs to have at least one of the following "
                "capabilities enabled: transfers, crypto_transfers, legacy_payments"
            )
            code = "insufficient_capabilities_for_transfer"
            raise problem.refused(message, code=code)
        self._check_region(account["country"])
        return account

    def _check_region(self, country: str) -> None:
        home = self.platform()["country"]
        if country == home or {country, home} <= set(AREA.split()):
            return
        message = (
            f"Funds can't be sent to accounts located in {country} because it's "
            "restricted outside of your platform's region."
        )
        raise problem.refused(message, code="transfers_not_allowed")

    def balances(self, account: JsonObject) -> dict[str, int]:
        """Return what a connected account has, by currency."""
        rows = self._state.execute(
            "SELECT json_extract(body, '$.currency') AS currency,"
            " SUM(json_extract(body, '$.amount')"
            " - json_extract(body, '$.amount_reversed')) AS total FROM object"
            " WHERE kind = 'transfer' AND json_extract(body, '$.destination') = ?"
            " GROUP BY 1 ORDER BY 1",
            (account["id"],),
        )
        spent = account["_spent"]
        return {row[0]: int(row["total"]) - spent.get(row[0], 0) for row in rows}

    def balance(self, account: JsonObject, currency: str) -> int:
        """Return what a connected account has of one currency."""
        return self.balances(account).get(currency, 0)

    def spend(
        self, account_id: str, currency: str, amount: int | None = None
    ) -> JsonObject:
        """Take from the balance of a connected account, all of it unless told.

        Raises:
            ApiError: There is no such account, or it has less.
        """
        account = self._state.get(account_id, "account", "account")
        currency = currency.lower()
        left = self.balance(account, currency)
        asked = left if amount is None else amount
        if not 0 <= asked <= left:
            message = f"The account has {left} {currency}."
            raise problem.refused(message, param="amount", code="balance_insufficient")
        account["_spent"][currency] = account["_spent"].get(currency, 0) + asked
        self._state.save(account)
        return account


_ENABLED = ("charges_enabled", "details_submitted", "payouts_enabled")


def _new(account_id: str) -> JsonObject:
    started = {"id": account_id, "type": "express", "_spent": {}, "metadata": {}}
    usual = _changes({"country": "US", "transfers": "active"})
    return started | usual | dict.fromkeys(_ENABLED, True)


def _changes(asked: JsonObject) -> JsonObject:
    changes: JsonObject = {}
    if "country" in asked:
        changes |= _place(asked["country"])
    if "payouts_enabled" in asked:
        changes["payouts_enabled"] = asked["payouts_enabled"]
    if "transfers" in asked:
        if asked["transfers"] not in CAPABILITIES:
            message = f"transfers is one of {', '.join(CAPABILITIES)}."
            raise problem.invalid(message, param="transfers")
        changes["capabilities"] = {"transfers": asked["transfers"]}
    return changes


def _place(country: str) -> JsonObject:
    """Return a country and the currency it pays in today."""
    currencies = get_territory_currencies(country.upper())
    if not currencies:
        raise problem.invalid(f"No such country: {country}", param="country")
    return {"country": country.upper(), "default_currency": currencies[-1].lower()}


def _denied(account_id: str) -> ApiError:
    body = {
        "type": "invalid_request_error",
        "message": GONE.format(account_id),
        "code": "account_invalid",
    }
    return ApiError(403, body, is_kept=False)
