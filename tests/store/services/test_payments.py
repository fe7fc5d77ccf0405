"""What a fetched Session does to its order."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections

from demo.stripe_simulator.faults import ApiFault
from donations.models import Donation
from store.gateways import base as gateways
from store.gateways.stripe import StripeGateway
from store.models import Hold, Message, Order, Payment, PaymentAttempt
from store.services import payments, sessions
from store.services.payments import Outcome
from tests import orders
from tests.store_factories import make_piece

BANK_OK = "debit_ok"
BANK_FAILS = "debit_fail"


def confirm(placed, at):
    """Look at the order's Session and act on it."""
    return payments.confirm_payment(session_id=placed.session_id, at=at)


def open_stray(attempt, **changes):
    """Open a Session like the attempt's, under a key that no row has."""
    request = replace(sessions._request(attempt), idempotency_key="stray", **changes)
    return StripeGateway().start_session(request)


def kinds():
    """Return the kinds of all mails owed."""
    return list(Message.objects.values_list("kind", flat=True))


@pytest.mark.checklist("S4")
def test_unpaid_page_changes_nothing(placed, at):
    """Looking at an unpaid Session, once or twice, has no effect."""
    assert confirm(placed, at) is Outcome.OPEN
    assert confirm(placed, at) is Outcome.OPEN

    assert placed.now() == "pending"
    assert not Payment.objects.exists()


@pytest.mark.checklist("S4")
def test_invented_session_changes_nothing(placed, at):
    """An invented id is declined by Stripe and touches no order."""
    with pytest.raises(gateways.DeclinedError):
        payments.confirm_payment(session_id="cs_test_invented", at=at)

    assert placed.now() == "pending"


@pytest.mark.parametrize(
    "reference", ["shop-2", "", "7b1c8f9e-2c2e-4b7a-9a34-0d8a6a1f2b3c"]
)
@pytest.mark.checklist("W13")
def test_foreign_session_is_left_alone(reference, placed, simulator, at):
    """A Session of another shop on the same account is left alone."""
    foreign = open_stray(placed.attempt, order=reference)
    simulator.pay(foreign.id)

    outcome = payments.confirm_payment(session_id=foreign.id, at=at)

    assert outcome is Outcome.FOREIGN
    assert placed.now() == "pending"


def test_declined_card_changes_nothing(placed, simulator, at):
    """A declined card leaves page, order and hold as they are."""
    simulator.pay(placed.session_id, "4000000000000002")

    assert confirm(placed, at) is Outcome.OPEN
    assert (placed.now(), Hold.objects.get().status) == ("pending", "active")


def test_paid_page_makes_the_order_paid(placed, piece, simulator, at):
    """A paid Session makes the order paid and sells its piece."""
    simulator.pay(placed.session_id)

    assert confirm(placed, at) is Outcome.CONFIRMED

    piece.refresh_from_db()
    assert (placed.now(), piece.status) == ("paid", "sold")
    assert PaymentAttempt.objects.get().status == "paid"
    assert Hold.objects.get().status == "sold"


@pytest.mark.checklist("S5")
def test_second_look_changes_nothing(placed, simulator, at):
    """A paid Session seen again adds no payment and no mail."""
    simulator.pay(placed.session_id)
    confirm(placed, at)

    assert confirm(placed, at) is Outcome.UNCHANGED

    assert Payment.objects.count() == 1
    assert kinds() == ["confirmation"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.checklist("S5")
def test_many_looks_at_once_pay_once(simulator, at):
    """Webhook, return page and sweep at once make one payment and one mail."""
    placed = orders.place_order(at=at)
    simulator.pay(placed.session_id)
    together = threading.Barrier(6)

    def look(_):
        together.wait()
        outcome = confirm(placed, at)
        connections.close_all()
        return outcome

    with ThreadPoolExecutor(together.parties) as pool:
        outcomes = list(pool.map(look, range(together.parties)))

    assert sorted(outcomes) == [Outcome.CONFIRMED] + [Outcome.UNCHANGED] * 5
    assert (Payment.objects.count(), Donation.objects.count()) == (1, 1)
    assert kinds() == ["confirmation"]


def test_session_is_known_before_its_id_is_stored(piece, simulator, at):
    """A payment may be seen before the Session's id was stored: the reference tells."""
    lost = ApiFault("POST /v1", 503, when="after", should_retry=False)
    simulator.faults.add(lost)
    with pytest.raises(gateways.UnavailableError):
        orders.place_order(piece, at=at)
    (session,) = simulator.sessions()
    simulator.pay(session["id"])

    outcome = payments.confirm_payment(session_id=session["id"], at=at)

    assert outcome is Outcome.CONFIRMED
    assert PaymentAttempt.objects.get().session_id == session["id"]
    assert Order.objects.get().status == "paid"


def test_unknown_open_session_is_left_alone(placed, simulator, at):
    """An open Session that names our order but fits no attempt changes nothing yet."""
    stray = open_stray(placed.attempt)

    outcome = payments.confirm_payment(session_id=stray.id, at=at)

    assert outcome is Outcome.FOREIGN
    assert placed.order.attempts.count() == 1


@pytest.mark.checklist("S12")
def test_expired_page_frees_the_piece(placed, piece, simulator, at):
    """An expired page ends its order and puts the piece back on sale."""
    simulator.expire(placed.session_id)

    assert confirm(placed, at) is Outcome.RELEASED

    piece.refresh_from_db()
    assert (placed.now(), piece.status) == ("expired", "on_sale")
    assert Hold.objects.get().status == "released"


@pytest.mark.checklist("S12")
def test_older_page_frees_nothing(placed, piece, simulator, at):
    """The end of an attempt that is not the order's current one frees nothing."""
    sessions.create_attempt(order=placed.order, at=at, locale="auto")
    simulator.expire(placed.session_id)

    confirm(placed, at)

    piece.refresh_from_db()
    assert (placed.now(), piece.status) == ("pending", "held")


@pytest.mark.checklist("S12")
def test_expiry_after_payment_frees_nothing(placed, piece, simulator, at):
    """An order that was paid on one page keeps its piece when another expires."""
    second = sessions.create_attempt(order=placed.order, at=at, locale="auto")
    sessions.open_session(attempt=second, at=at)
    simulator.pay(placed.session_id)
    confirm(placed, at)
    simulator.expire(second.session_id)

    payments.confirm_payment(session_id=second.session_id, at=at)

    piece.refresh_from_db()
    assert (placed.now(), piece.status) == ("paid", "sold")


@pytest.mark.checklist("S14")
def test_our_clock_alone_frees_nothing(placed, piece, simulator, at):
    """A hold outlasts its page, and ends when Stripe says so, not our clock."""
    assert Hold.objects.get().expires_at > placed.attempt.expires_at

    outcome = confirm(placed, at + timedelta(days=2))

    piece.refresh_from_db()
    assert (outcome, piece.status) == (Outcome.OPEN, "held")


@pytest.mark.checklist("I1")
def test_every_post_has_a_stored_key(placed, simulator, at):
    """Each POST to Stripe carries a key derived from a stored row."""
    orders.check_out(placed.cart_token, at=at, email="other@example.com")

    posts = [call for call in simulator.calls if call.method == "POST"]
    keys = {call.idempotency_key for call in posts}
    stored = set(PaymentAttempt.objects.values_list("idempotency_key", flat=True))
    assert keys == stored | {f"expire-{placed.session_id}"}


def test_failing_gateway_changes_nothing(placed, simulator, at):
    """A Session that cannot be fetched leaves its order as it is."""
    simulator.pay(placed.session_id)
    simulator.faults.add(ApiFault("GET /v1", 503, should_retry=False))

    with pytest.raises(gateways.UnavailableError):
        confirm(placed, at)

    assert placed.now() == "pending"
    assert confirm(placed, at) is Outcome.CONFIRMED


def test_pieces_of_others_stay_untouched(placed, piece, simulator, at):
    """Confirming one order touches no piece of another."""
    other = orders.place_order(make_piece(item=piece.item), at=at)
    simulator.pay(placed.session_id)

    confirm(placed, at)

    assert other.now() == "pending"
    assert other.order.lines.get().piece.status == "held"
