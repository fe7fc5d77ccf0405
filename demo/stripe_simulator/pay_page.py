"""The hosted page where the buyer pays."""

import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from babel import Locale

from demo.stripe_simulator import (
    cards,
    money,
    pages,
    sessions,
    shipping,
    web,
)
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.pay_form import PayForm
from demo.stripe_simulator.payments import Outcome, Submission
from demo.stripe_simulator.problem import ApiError
from demo.stripe_simulator.simulator import Simulator

NEW_TOTAL = (
    "The total changed with your address or shipping. Look at it, then pay again."
)
BUTTONS = {"donate": "Donate", "book": "Book"}
STEPS: dict[str, Literal["pass", "fail"]] = {"pass": "pass", "fail": "fail"}


class PayPage:
    """Shows a Session and takes what the buyer sends."""

    def __init__(self, simulator: Simulator) -> None:
        """Keep the simulator."""
        self._simulator = simulator

    def answer(self, request: web.Request) -> web.Response:
        """Answer a request for `/pay/<session>`."""
        self._simulator.tick()
        session_id = request.path.removeprefix("/pay/")
        try:
            session = self._simulator.checkout.get(session_id)
        except ApiError:
            return pages.render("unknown.html", {}, status=404)
        if session["status"] != "open":
            return _show_closed(session)
        if request.method == "POST":
            return self._take(session, request.form())
        return self._show(session, _prefilled(session))

    def _take(self, session: JsonObject, fields: dict[str, str]) -> web.Response:
        if fields.get("step") == "cancel":
            return self._show(session, _prefilled(session))
        if fields.get("step") == "total":
            return self._update_total(session, fields)
        if fields.get("step"):
            return self._take_step(session, STEPS.get(fields["step"], "fail"))
        today = datetime.datetime.fromtimestamp(
            self._simulator.clock.now(), datetime.UTC
        ).date()
        form = PayForm(session, fields, today)
        errors = form.errors()
        if errors:
            return self._show(session, fields, errors)
        seen = fields.get("total", "")
        total = self._simulator.quote(session["id"], form.submission())
        if seen and seen != str(total):
            return self._show_again(session["id"], fields)
        outcome = self._simulator.submit(session["id"], form.submission())
        return self._go_on(session["id"], outcome, fields)

    def _show_again(self, session_id: str, fields: dict[str, str]) -> web.Response:
        """Show a total that grew with address or shipping before it is charged."""
        session = self._simulator.checkout.get(session_id)
        return self._show(session, fields, {"payment": NEW_TOTAL})

    def _update_total(
        self, session: JsonObject, fields: dict[str, str]
    ) -> web.Response:
        """Count shipping and tax for what was typed so far; charge nothing."""
        today = datetime.date.min
        submission = PayForm(session, fields, today).submission()
        self._simulator.quote(session["id"], submission)
        return self._show(self._simulator.checkout.get(session["id"]), fields)

    def _take_step(
        self, session: JsonObject, step: Literal["pass", "fail"]
    ) -> web.Response:
        """Take the answer to 3D Secure for the card that asked for it."""
        fields = _prefilled(session)
        card = session.get("_authenticating")
        if card is None:
            return self._show(session, fields)
        details = session["customer_details"]
        cost = session["shipping_cost"] or {}
        submission = Submission(
            card,
            email=details["email"],
            name=details["name"],
            address=details["address"],
            shipping_rate=cost.get("shipping_rate"),
            step=step,
        )
        outcome = self._simulator.submit(session["id"], submission)
        return self._go_on(session["id"], outcome, fields)

    def _go_on(
        self, session_id: str, outcome: Outcome, fields: dict[str, str]
    ) -> web.Response:
        if outcome.url:
            return web.redirect(outcome.url)
        session = self._simulator.checkout.get(session_id)
        if outcome.kind == "closed":
            return _show_closed(session)
        if outcome.kind == "needs_authentication":
            return _show_authentication(session)
        return self._show(session, fields, {"payment": outcome.message})

    def _show(
        self,
        session: JsonObject,
        fields: dict[str, str],
        errors: dict[str, str] | None = None,
    ) -> web.Response:
        shop = web.origin_of(session["success_url"])
        values = {
            **_summary(session),
            "bank_method": sessions.bank_method(session),
            "button": BUTTONS.get(session["submit_type"] or "", "Pay"),
            "cards": list(cards.CARDS.values()),
            "countries": _country_names(session),
            "errors": errors or {},
            "fields": fields,
            "rates": self._rates(session),
            "has_open_total": _has_open_total(session),
        }
        return pages.render("pay.html", values, targets=shop, images=shop)

    def _rates(self, session: JsonObject) -> list[dict[str, Any]]:
        chosen = (session["shipping_cost"] or {}).get("shipping_rate")
        state = self._simulator.state
        return [
            {
                "id": option["shipping_rate"],
                "name": state.get(option["shipping_rate"], "shipping_rate").get(
                    "display_name"
                ),
                "amount": money.show(option["shipping_amount"], session["currency"]),
                "is_chosen": option["shipping_rate"] == chosen,
            }
            for option in session["shipping_options"]
        ]


def _has_open_total(session: JsonObject) -> bool:
    """Say whether the total depends on what the buyer enters."""
    is_taxed = session["automatic_tax"]["enabled"]
    return bool(is_taxed or len(session["shipping_options"]) > 1)


def _show_closed(session: JsonObject) -> web.Response:
    is_complete = session["status"] == "complete"
    links = {
        "back": session["cancel_url"],
        "on": sessions.return_url(session) if is_complete else None,
    }
    name = "complete.html" if is_complete else "expired.html"
    return pages.render(name, {**_summary(session), **links})


def _show_authentication(session: JsonObject) -> web.Response:
    shop = web.origin_of(session["success_url"])
    return pages.render("authentication.html", _summary(session), targets=shop)


def _summary(session: JsonObject) -> dict[str, Any]:
    currency = session["currency"]
    lines = [_line(session, asked) for asked in session["_line_items"]]
    cost = session["shipping_cost"]
    return {
        "back": session["cancel_url"],
        "lines": lines,
        "session": {"id": session["id"], "has_total": bool(session["amount_total"])},
        "shipping": money.show(cost["amount_subtotal"], currency) if cost else None,
        "tax": _tax(session),
        "amount": session["amount_total"],
        "shop": urlsplit(session["success_url"]).netloc,
        "total": money.show(session["amount_total"], currency),
    }


def _tax(session: JsonObject) -> dict[str, str] | None:
    """Return the row that tells the tax, of a Session that is taxed."""
    if not session["automatic_tax"]["enabled"]:
        return None
    if session["automatic_tax"]["status"] != "complete":
        return {"label": "Tax", "amount": "Enter your address"}
    parts = [asked["price_data"] for asked in session["_line_items"]]
    is_included = parts[0]["tax_behavior"] == "inclusive"
    label = "Tax, contained in the prices" if is_included else "Tax"
    shown = money.show(session["total_details"]["amount_tax"], session["currency"])
    return {"label": label, "amount": shown}


def _line(session: JsonObject, asked: JsonObject) -> dict[str, Any]:
    price, quantity = asked["price_data"], asked.get("quantity", 1)
    product = price["product_data"]
    shop = web.origin_of(session["success_url"])
    # Pictures from elsewhere stay away: the demo makes no outside request.
    images = [url for url in product.get("images") or [] if url.startswith(shop)]
    return {
        "amount": money.show(price["unit_amount"] * quantity, session["currency"]),
        "description": product.get("description"),
        "image": images[0] if images else None,
        "name": product["name"],
        "quantity": quantity,
    }


def _country_names(session: JsonObject) -> list[tuple[str, str]]:
    territories = Locale("en", "US").territories
    named = [(territories.get(c, c), c) for c in shipping.countries(session)]
    return [(code, name) for name, code in sorted(named)]


def _prefilled(session: JsonObject) -> dict[str, str]:
    """Return the fields as first shown: a made-up buyer, no card number."""
    asked = shipping.countries(session)
    given = (session["customer_details"] or {}).get("address") or {}
    sample = shipping.sample_address(asked[0] if asked else "US")
    address = {name: given.get(name) or "" for name in sample} if given else sample
    card = {"card": "", "expiry": "12 / 34", "cvc": "123"}
    email = session["customer_email"] or "buyer@example.com"
    return {**address, **card, "email": email, "name": "Sample Customer"}
