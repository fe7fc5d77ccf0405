"""Takes over payments that never passed through here, such as a demo's past year.

Note: the file of the past. One payment a line, as JSON: its Session with the ids the
shop knows, what was paid and when, and the refunds made since. The objects are there
afterwards as if they had always been; no event tells of them. A Session that is known
already is left as it is, so that the same file may be read again and again; if it is
of another order, the shop has started afresh, and it is taken over anew.
"""

import dataclasses
import json
import pathlib
from collections.abc import Iterable, Mapping

from demo.stripe_simulator import cards, listing, payments, problem, sessions, totals
from demo.stripe_simulator.charges import Charges
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.parts import Parts
from demo.stripe_simulator.shipping import ADDRESS_FIELDS

CARD = cards.CARDS["4242424242424242"]
STAMP = "past_file_stamp"


@dataclasses.dataclass(frozen=True, slots=True)
class PastRefund:
    """A refund that succeeded."""

    id: str
    amount: int
    created: int


@dataclasses.dataclass(frozen=True, slots=True)
class PastPayment:
    """One Session that was paid or expired; moments are seconds since 1970.

    Without an `intent` the Session was never paid and has expired.
    """

    session: str
    order: str
    amount: int
    currency: str
    email: str
    created: int
    expires_at: int
    intent: str = ""
    charge: str = ""
    paid_at: int = 0
    fee: int = 0
    name: str = ""
    address: Mapping[str, str] = dataclasses.field(default_factory=dict)
    refunds: tuple[PastRefund, ...] = ()


class Past:
    """Writes the past into the account."""

    def __init__(self, parts: Parts, charges: Charges) -> None:
        """Keep the parts."""
        self._state = parts.state
        self._workshop = parts.workshop
        self._charges = charges
        self._tried = ""

    def follow(self, path: pathlib.Path) -> int:
        """Read a file when it is there and has changed; return what was new.

        Raises:
            ApiError: A line cannot be read.
        """
        if not path.is_file():
            return 0
        status = path.stat()
        stamp = f"{path} {status.st_mtime_ns} {status.st_size}"
        if stamp in (self._tried, self._state.recall(STAMP, "")):
            return 0
        # One that cannot be read is not read again before it changes.
        self._tried = stamp
        with path.open(encoding="utf-8") as lines, self._state.transaction():
            added = self.take_over(lines)
            self._state.remember(STAMP, stamp)
        return added

    def take_over(self, lines: Iterable[str]) -> int:
        """Take over one payment a line; return how many were not known.

        Raises:
            ApiError: A line cannot be read; then none is taken over.
        """
        with self._state.transaction():
            read = (_read(place, line) for place, line in enumerate(lines, 1))
            return sum(self._add(payment) for payment in read if payment)

    def _add(self, payment: PastPayment) -> bool:
        known = self._state.find(payment.session)
        if known and known["client_reference_id"] == payment.order:
            return False
        if known:
            self._forget(payment)
        self._workshop.create("cs_test", sessions.KIND, _session(payment))
        if payment.intent:
            self._add_money(payment)
        return True

    def _forget(self, payment: PastPayment) -> None:
        refunds = [refund.id for refund in payment.refunds]
        sources = [payment.charge, *refunds]
        for source in sources:
            rows = self._state.select(
                "balance_transaction", [listing.equals("source", source)]
            )
            self._state.remove(*(row["id"] for row in rows))
        self._state.remove(payment.session, payment.intent, *sources)

    def _add_money(self, payment: PastPayment) -> None:
        intent = self._workshop.create("pi", "payment_intent", _intent(payment))
        buyer = {"address": None, "email": payment.email, "name": payment.name}
        known = {"id": payment.charge, "created": payment.paid_at}
        charge = self._charges.make(intent, buyer, CARD, **known)
        self._charges.settle(charge, payment.fee, payment.paid_at)
        for refund in payment.refunds:
            self._add_refund(charge, refund)

    def _add_refund(self, charge: JsonObject, refund: PastRefund) -> None:
        fields = {name: charge[name] for name in ("currency", "payment_intent")}
        fields |= {"metadata": dict(charge["metadata"]), "charge": charge["id"]}
        fields |= {"_effect": "paid", "_is_card": True, "status": "succeeded"}
        fields |= dataclasses.asdict(refund)
        made = self._workshop.create("re", "refund", fields)
        at = refund.created
        moved = self._charges.record("refund", -refund.amount, 0, made, at)
        charge["amount_refunded"] += refund.amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        self._state.save(made | {"balance_transaction": moved}, charge)


def _read(place: int, line: str) -> PastPayment | None:
    if not line.strip():
        return None
    try:
        values = json.loads(line)
        refunds = tuple(PastRefund(**one) for one in values.pop("refunds", ()))
        return PastPayment(**values, refunds=refunds)
    except (ValueError, TypeError, AttributeError) as error:
        message = f"Line {place} is no past payment: {error}"
        raise problem.invalid(message, param="import") from error


def _session(payment: PastPayment) -> JsonObject:
    """Return a Session of one line, complete or expired."""
    currency = payment.currency.lower()
    product = {"name": "Order of the past"}
    price = {"currency": currency, "unit_amount": payment.amount}
    line = {"price_data": price | {"product_data": product}, "quantity": 1}
    session = sessions.beginning(
        {
            "client_reference_id": payment.order,
            "customer_email": payment.email,
            "line_items": [line],
            "metadata": {"order": payment.order},
            "success_url": "https://shop.example/",
        }
    )
    session |= {"customer_details": None, "shipping_cost": None, "status": "expired"}
    times = {"created": payment.created, "expires_at": payment.expires_at}
    totals.recount(session)
    if payment.intent:
        _pay(session, payment)
    return session | times | {"id": payment.session}


def _pay(session: JsonObject, payment: PastPayment) -> None:
    address = {name: payment.address.get(name, "") for name in ADDRESS_FIELDS}
    countries = {"allowed_countries": [address["country"] or "US"]}
    session["shipping_address_collection"] = countries
    paid = {"payment_intent": payment.intent, "payment_status": "paid"}
    session |= {**paid, "status": "complete"}
    submission = payments.Submission(
        CARD.number, email=payment.email, name=payment.name, address=address
    )
    payments.take_details(session, submission)


def _intent(payment: PastPayment) -> JsonObject:
    return {
        "amount": payment.amount,
        "amount_received": payment.amount,
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "created": payment.paid_at,
        "currency": payment.currency.lower(),
        "id": payment.intent,
        "latest_charge": payment.charge,
        "metadata": {"order": payment.order},
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "status": "succeeded",
    }
