"""What test cards and bank debits do to a Session."""

import pytest

from tests.stripe_orders import session_params

EXPANDED = {"expand": ["payment_intent.latest_charge.balance_transaction"]}


def test_paid_session_is_complete(api, simulator, webhook):
    """A good card completes the Session, and events tell it in order."""
    session = api.checkout.sessions.create(session_params())

    outcome = simulator.pay(session.id)
    simulator.deliver()

    paid = api.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert outcome.url == f"https://shop.example/orders/x/?s={session.id}"
    assert webhook.types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_metadata_of_the_intent_is_its_own(api, simulator):
    """The intent and its charge carry the metadata meant for them only."""
    metadata = {"metadata": {"order": "of the intent"}}
    session = api.checkout.sessions.create(session_params(payment_intent_data=metadata))
    simulator.pay(session.id)

    paid = api.checkout.sessions.retrieve(session.id, EXPANDED)

    assert paid.metadata["order"] == "0123456789abcdef"
    assert paid.payment_intent.metadata["order"] == "of the intent"
    assert paid.payment_intent.latest_charge.metadata["order"] == "of the intent"


def test_balance_transaction_follows_the_charge(api, simulator, webhook):
    """Fee and net arrive later, with an event of their own."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id)
    before = api.checkout.sessions.retrieve(session.id, EXPANDED)
    assert before.payment_intent.latest_charge.balance_transaction is None

    simulator.finish_captures()
    simulator.deliver()

    after = api.checkout.sessions.retrieve(session.id, EXPANDED)
    moved = after.payment_intent.latest_charge.balance_transaction
    assert (moved.amount, moved.net) == (249_900, 249_900 - moved.fee)
    assert webhook.types()[-1] == "charge.updated"
    found = api.balance_transactions.list({"source": moved.source})
    assert [transaction.id for transaction in found] == [moved.id]


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000009987", "card_declined", "lost_card"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
        ("4000000000000119", "processing_error", "processing_error"),
        ("4111111111111111", "card_declined", "test_mode_live_card"),
    ],
)
def test_decline_keeps_the_session_open(api, simulator, card, code, decline_code):
    """A declined card leaves the Session open for another try."""
    session = api.checkout.sessions.create(session_params())

    declined = simulator.pay(session.id, card)

    tried = api.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    error = tried.payment_intent.last_payment_error
    assert (declined.kind, tried.status) == ("declined", "open")
    assert (error.code, error.decline_code) == (code, decline_code)
    assert simulator.pay(session.id).kind == "paid"
    assert len(api.payment_intents.list().data) == 1


def test_impossible_number_makes_no_charge(api, simulator):
    """A number with a wrong check digit is refused before any charge."""
    session = api.checkout.sessions.create(session_params())

    outcome = simulator.pay(session.id, "4242424242424241")

    assert outcome.kind == "declined"
    assert not api.charges.list().data
    assert api.checkout.sessions.retrieve(session.id).payment_intent is None


def test_authentication_may_pass(api, simulator, webhook):
    """A 3DS card pays once the buyer has confirmed."""
    session = api.checkout.sessions.create(session_params())

    assert simulator.pay(session.id, "4000002760003184").kind == "needs_authentication"
    intent = api.payment_intents.list().data[0]
    assert intent.status == "requires_action"
    assert simulator.pay(session.id, "4000002760003184", step="pass").kind == "paid"
    simulator.deliver()

    assert "payment_intent.requires_action" in webhook.types()


@pytest.mark.parametrize(
    ("card", "step"),
    [("4000002760003184", "fail"), ("4000008400001629", "pass")],
)
def test_authentication_may_end_badly(api, simulator, card, step):
    """A failed step, or a decline after it, leaves the Session open."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id, card)

    outcome = simulator.pay(session.id, card, step=step)

    assert outcome.kind == "declined"
    assert api.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize(
    ("debit", "status", "event_type"),
    [
        ("debit_ok", "paid", "checkout.session.async_payment_succeeded"),
        ("debit_fail", "unpaid", "checkout.session.async_payment_failed"),
    ],
)
def test_bank_debit_settles_later(api, simulator, webhook, debit, status, event_type):
    """A bank debit completes the Session unpaid; the result comes later."""
    session = api.checkout.sessions.create(session_params())

    outcome = simulator.pay(session.id, debit)
    complete = api.checkout.sessions.retrieve(session.id)
    simulator.settle_bank(session.id)
    simulator.settle_bank(session.id)
    simulator.deliver()

    assert outcome.kind == "processing"
    assert (complete.status, complete.payment_status) == ("complete", "unpaid")
    assert api.checkout.sessions.retrieve(session.id).payment_status == status
    assert webhook.types().count(event_type) == 1


def test_free_order_needs_no_card(api, simulator):
    """A Session over nothing completes without intent or charge."""
    product = {"name": "Ring"}
    price = {"currency": "usd", "unit_amount": 0, "product_data": product}
    lines = [{"price_data": price, "quantity": 1}]
    session = api.checkout.sessions.create(session_params(line_items=lines))

    simulator.pay(session.id, "")

    done = api.checkout.sessions.retrieve(session.id)
    assert done.payment_status == "no_payment_required"
    assert done.payment_intent is None


def test_address_given_reaches_the_shop(api, simulator):
    """The shipping address is in collected_information and on the charge."""
    session = api.checkout.sessions.create(session_params())
    address = {"line1": "2 rue de la Paix", "city": "Paris", "country": "FR"}

    simulator.pay(session.id, address=address | {"postal_code": "75002"})

    paid = api.checkout.sessions.retrieve(session.id, EXPANDED)
    shipped = paid.collected_information.shipping_details.address
    assert (shipped.country, shipped.line2) == ("FR", None)
    assert paid.payment_intent.latest_charge.shipping.address.city == "Paris"


def test_disputed_charge_moves_the_money_back(api, simulator):
    """A dispute takes amount and fee; winning it brings the amount back."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id, "4000000000000259")
    simulator.open_disputes()
    opened = api.disputes.list().data[0]

    simulator.close_dispute(opened.id, won=True)

    closed = api.disputes.retrieve(opened.id)
    moved = [transaction.amount for transaction in closed.balance_transactions]
    assert (opened.status, closed.status) == ("needs_response", "won")
    assert moved == [-249_900, 249_900]


def test_bank_debit_ends_by_itself(api, simulator):
    """Some days later the bank's answer comes without anybody's order."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id, "debit_ok")

    simulator.deliveries.mode = "auto"
    simulator.deliveries.endpoints = []
    simulator.clock.move(simulator.payments.bank_seconds)
    simulator.tick()
    simulator.deliveries.mode = "manual"

    assert api.checkout.sessions.retrieve(session.id).payment_status == "paid"
