"""Checkout Sessions: made, read, listed, expired."""

from demo.stripe_simulator import problem, session_params, shipping, taxes, totals
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.parts import Parts

KIND = "checkout.session"
REPEATED = (
    "allow_promotion_codes",
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "locale",
    "shipping_address_collection",
    "submit_type",
    "success_url",
)
BANK_METHODS = {"usd": "us_bank_account", "eur": "sepa_debit", "gbp": "bacs_debit"}


class Sessions:
    """The Checkout Sessions of the account."""

    def __init__(self, parts: Parts) -> None:
        """Keep the parts and take over the expiry of Sessions."""
        self._state = parts.state
        self._workshop = parts.workshop
        self._events = parts.events
        self._jobs = parts.jobs
        self._clock = parts.clock
        parts.jobs.register("expire", self._expire_if_open)
        self._follow_address()

    def create(self, params: JsonObject) -> JsonObject:
        """Make a Session.

        Raises:
            ApiError: A parameter is wrong or not simulated.
        """
        now = self._clock.seconds()
        session_params.check(params, now)
        options = shipping.make_options(self._workshop, params)
        fields = beginning(params) | {"shipping_options": options}
        fields["expires_at"] = params.get("expires_at") or now + 86_400
        session = self._workshop.create("cs_test", KIND, fields)
        session["url"] = f"{self._workshop.public_url}/pay/{session['id']}"
        shipping.choose(session, None)
        totals.recount(session)
        self._state.save(session)
        self._jobs.schedule("expire", session["id"], session["expires_at"])
        return session

    def get(self, session_id: str) -> JsonObject:
        """Return a Session.

        Raises:
            ApiError: There is none with that id.
        """
        return self._state.get(session_id, KIND)

    def expire(self, session_id: str) -> JsonObject:
        """Close an open Session.

        Raises:
            ApiError: It is complete or expired already.
        """
        session = self.get(session_id)
        if session["status"] != "open":
            message = (
                'Only Checkout Sessions with a status in ["open"] can be expired. '
                f"This Checkout Session has a status of {session['status']}."
            )
            raise problem.refused(message, param="session")
        session |= {"status": "expired", "url": None}
        self._state.save(session)
        self._events.emit("checkout.session.expired", session)
        return session

    def lines(self, session_id: str) -> list[JsonObject]:
        """Return the line items of a Session."""
        session = self.get(session_id)
        ask = enumerate(session["_line_items"])
        return [self._line(session, place, asked) for place, asked in ask]

    def _follow_address(self) -> None:
        """Point open Sessions at this start's address; the port may be another."""
        self._state.execute(
            "UPDATE object SET body = json_set(body, '$.url', ? || '/pay/' || id)"
            " WHERE kind = ? AND json_extract(body, '$.status') = 'open'",
            (self._workshop.public_url, KIND),
        )

    def _expire_if_open(self, session_id: str) -> None:
        if self.get(session_id)["status"] == "open":
            self.expire(session_id)

    def _line(self, session: JsonObject, place: int, asked: JsonObject) -> JsonObject:
        line = self._workshop.blank("item") | {
            "id": f"li_{session['id'][-20:]}{place:04}",
            "object": "item",
            "description": asked["price_data"]["product_data"]["name"],
            "quantity": asked.get("quantity", 1),
            "currency": session["currency"],
            "metadata": asked.get("metadata") or {},
            **totals.line_amounts(session, asked),
        }
        return {k: v for k, v in line.items() if k not in ("discounts", "taxes")}


def bank_method(session: JsonObject) -> str | None:
    """Return the delayed bank debit a Session offers, if any."""
    method = BANK_METHODS.get(session["currency"])
    return method if method in session["payment_method_types"] else None


def return_url(session: JsonObject) -> str:
    """Return where the buyer goes after paying."""
    url = str(session["success_url"])
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def beginning(params: JsonObject) -> JsonObject:
    """Return a new Session before its id, its address and its times."""
    return {**_copied(params), **_computed(params), "shipping_options": []}


def _copied(params: JsonObject) -> JsonObject:
    """Return what a Session repeats of its parameters."""
    copied: JsonObject = {name: params.get(name) for name in REPEATED}
    if params.get("excluded_payment_method_types"):
        excluded = params["excluded_payment_method_types"]
        copied["excluded_payment_method_types"] = excluded
    copied["metadata"] = params.get("metadata") or {}
    copied["_line_items"] = params["line_items"]
    copied["_payment_intent_data"] = params.get("payment_intent_data") or {}
    return copied


def _computed(params: JsonObject) -> JsonObject:
    """Return what a Session says beyond its parameters."""
    currency = session_params.currency_of(params)
    return {
        "adaptive_pricing": {"enabled": False},
        "automatic_tax": taxes.begin(params),
        "currency": currency,
        "customer_creation": "if_required",
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": _method_types(params, currency),
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "status": "open",
        "ui_mode": "hosted_page",
    }


def _method_types(params: JsonObject, currency: str) -> list[str]:
    excluded = params.get("excluded_payment_method_types") or []
    offered = ["card", BANK_METHODS.get(currency)]
    return [method for method in offered if method and method not in excluded]
