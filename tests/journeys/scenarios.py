"""What Stripe does when we ask it: steps and their ends, as data, for two Stripes.

The simulator plays them in every run of the tests; a real sandbox does when somebody
lends its key (docs/going-live.md). Nothing here needs a browser: what a person does on
Stripe's page, an act `pay` brings about by the API. When both agree, what the other
journeys learn from the simulator holds at Stripe.

An argument that begins with $ is what an earlier step of the same scenario brought.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from store.gateways import base

PRICE = 249_900
PART = 49_900


@dataclass(frozen=True, slots=True)
class Step:
    """One act: its arguments, what it brings, or the error that refuses it.

    What is slow at Stripe is looked at again until it is as expected.
    """

    act: str
    given: Mapping[str, object] = field(default_factory=dict)
    brings: Mapping[str, object] = field(default_factory=dict)
    refused: type[Exception] | None = None
    name: str = ""
    is_slow: bool = False


def _open(key: str, amount: int, **more: object) -> Step:
    given = {"key": key, "amount": amount}
    return Step("open_page", given, **more)  # type: ignore[arg-type]


def _give_back(key: str, amount: int, **more: object) -> Step:
    given = {"payment": "$payment", "key": key, "amount": amount}
    return Step("give_back", given, **more)  # type: ignore[arg-type]


_PAID = Step(
    "pay", {"card": "good", "amount": PRICE}, {"amount": PRICE}, name="payment"
)
_UNPAID = {"status": "open", "payment_status": "unpaid", "amount": PRICE}

SCENARIOS: Mapping[str, tuple[Step, ...]] = {
    "a page is opened once for a key": (
        _open("a", PRICE, brings=_UNPAID, name="page"),
        _open("a", PRICE, brings={"id": "$page.id"}),
        _open("a", PART, refused=base.KeyReusedError),
        Step("look_at_page", {"page": "$page"}, _UNPAID | {"order": "$order"}),
        Step("count_pages", brings={"count": 1}, is_slow=True),
    ),
    "a page is closed once": (
        _open("a", PRICE, name="page"),
        Step("close_page", {"page": "$page"}, {"status": "expired"}),
        Step("look_at_page", {"page": "$page"}, {"status": "expired"}),
        Step(
            "find_event",
            {"of": "$page", "kind": "checkout.session.expired"},
            {"object_id": "$page.id"},
            is_slow=True,
        ),
    ),
    "a page for almost nothing is refused": (
        _open("a", 1, refused=base.DeclinedError),
    ),
    "a page that nobody opened is unknown": (
        Step("look_at_nothing", refused=base.DeclinedError),
    ),
    "money goes back in parts, and once for a key": (
        _PAID,
        _give_back("a", PART, brings={"amount": PART}, name="part"),
        _give_back("a", PART, brings={"id": "$part.id"}),
        _give_back("a", PART + 1, refused=base.KeyReusedError),
        _give_back("b", PRICE, refused=base.DeclinedError),
        _give_back("c", PRICE - PART, brings={"status": "succeeded"}),
        _give_back("d", 1, refused=base.DeclinedError),
        Step(
            "look_at_charge",
            {"payment": "$payment"},
            {"amount": PRICE, "refunded_amount": PRICE, "is_disputed": False},
        ),
        Step("count_refunds", {"payment": "$payment"}, {"count": 2}),
    ),
    "a refund may wait, and end well": (
        Step("pay", {"card": "slow refund", "amount": PRICE}, name="payment"),
        _give_back("a", PART, brings={"status": "pending"}, name="refund"),
        Step(
            "look_at_refund",
            {"refund": "$refund"},
            {"status": "succeeded"},
            is_slow=True,
        ),
    ),
    "a refund may fail after all": (
        Step("pay", {"card": "failing refund", "amount": PRICE}, name="payment"),
        _give_back("a", PART, brings={"status": "succeeded"}, name="refund"),
        Step(
            "look_at_refund",
            {"refund": "$refund"},
            {"status": "failed"},
            is_slow=True,
        ),
        Step(
            "look_at_charge",
            {"payment": "$payment"},
            {"refunded_amount": 0},
            is_slow=True,
        ),
    ),
    "a dispute takes the money": (
        Step("pay", {"card": "disputed", "amount": PRICE}, name="payment"),
        Step(
            "find_dispute",
            {"payment": "$payment"},
            {"amount": PRICE, "withdrawn_amount": PRICE, "status": "needs_response"},
            is_slow=True,
        ),
        Step("look_at_charge", {"payment": "$payment"}, {"is_disputed": True}),
        _give_back("a", PART, refused=base.DeclinedError),
    ),
    "our books can be compared with Stripe's": (
        _PAID,
        Step(
            "find_balance_change",
            {"payment": "$payment"},
            {"amount": PRICE, "type": "charge"},
            is_slow=True,
        ),
    ),
    "the key may do all that it must": (
        Step("list_missing_scopes", brings={"scopes": ()}),
    ),
    "an order whose page closes frees its piece": (
        Step("place_order", brings={"status": "pending"}, name="placed"),
        Step("close_order_page", {"placed": "$placed"}),
        Step("sweep"),
        Step(
            "look_at_order",
            {"placed": "$placed"},
            {"status": "expired", "piece": "on_sale"},
        ),
    ),
}
