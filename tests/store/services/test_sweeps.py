"""Bringing every attempt to its end without any webhook."""

from datetime import timedelta

import pytest

from demo.stripe_simulator.faults import ApiFault
from store.gateways import base as gateways
from store.models import Hold, Message, Order, PaymentAttempt, Piece
from store.services import checkout, sweeps
from tests import orders
from tests.orders import statuses
from tests.store_factories import make_piece

TEN_MINUTES = timedelta(minutes=10)


def find(at, *, older_than=TEN_MINUTES, limit=9):
    """List the attempts a sweep would take at that moment."""
    return sweeps.find_unfinished(older_than=older_than, at=at, limit=limit)


def finish(at):
    """Bring the one attempt to its end."""
    sweeps.finish_attempt(attempt_id=PaymentAttempt.objects.get().pk, at=at)


@pytest.fixture
def unopened(piece, simulator, at):
    """An order whose page was never opened: a crash came before Stripe."""
    cart_token = orders.make_cart(piece, at=at)
    return checkout.place_order(cart_token=cart_token, email=orders.EMAIL, at=at)


@pytest.mark.checklist("C1")
def test_old_attempt_is_found(placed, at):
    """An attempt is looked at once it is ten minutes old."""
    assert find(at + timedelta(minutes=9)) == []
    assert find(at + TEN_MINUTES) == [placed.attempt.pk]


def test_attempt_looked_at_just_now_waits(placed, at):
    """An attempt that was checked within four minutes is not taken again."""
    finish(at + TEN_MINUTES)

    assert find(at + timedelta(minutes=13)) == []
    assert find(at + timedelta(minutes=15)) == [placed.attempt.pk]


def test_finished_attempt_is_not_found(placed, simulator, at):
    """An attempt that came to its end is never taken again."""
    simulator.pay(placed.session_id)
    finish(at + TEN_MINUTES)

    assert find(at + timedelta(days=1)) == []


def test_longest_unchecked_comes_first(placed, piece, simulator, at):
    """Attempts take turns: the one unchecked longest goes first, failing ones too."""
    second = orders.place_order(make_piece(item=piece.item), at=at).attempt
    first = placed.attempt
    simulator.faults.add(ApiFault("GET /v1", 503, should_retry=False))
    with pytest.raises(gateways.UnavailableError):
        sweeps.finish_attempt(attempt_id=first.pk, at=at + TEN_MINUTES)

    later = at + timedelta(minutes=20)
    assert find(later) == [second.pk, first.pk]
    assert find(later, limit=1) == [second.pk]


@pytest.mark.checklist("C4")
def test_paid_attempt_ends_without_webhook(placed, simulator, at):
    """With no webhook at all the sweep makes a paid order paid."""
    simulator.pay(placed.session_id)

    finish(at + TEN_MINUTES)

    assert placed.now() == "paid"
    assert Message.objects.get().kind == "confirmation"


@pytest.mark.checklist("C4")
def test_expired_attempt_ends_without_webhook(placed, simulator, at):
    """With no webhook at all the sweep frees the piece of an expired page."""
    later = at + timedelta(minutes=32)
    simulator.clock.set_to(later)

    finish(later)

    assert (placed.now(), statuses(Piece)) == ("expired", ["on_sale"])


def test_open_attempt_is_left_open(placed, at):
    """A page that is still open stays open."""
    finish(at + TEN_MINUTES)

    assert placed.now() == "pending"
    assert PaymentAttempt.objects.get().status == "open"


def test_unopened_attempt_frees_the_piece(unopened, simulator, at):
    """An order that never reached Stripe lets its piece go, once Stripe says so."""
    later = at + TEN_MINUTES
    simulator.clock.set_to(later)

    finish(later)

    assert simulator.sessions() == []
    assert (statuses(Order), statuses(Hold)) == (["canceled"], ["released"])
    assert statuses(PaymentAttempt) == ["failed"]


@pytest.mark.checklist("I6")
def test_hidden_session_is_found_by_its_key(piece, simulator, at):
    """A Session whose answer was lost is found again under its key and closed."""
    orders.lose_stripe(simulator, when="after")
    with pytest.raises(gateways.UnavailableError):
        orders.place_order(piece, at=at)

    finish(at + TEN_MINUTES)

    (session,) = simulator.sessions()
    assert session["status"] == "expired"
    assert PaymentAttempt.objects.get().session_id == session["id"]
    assert statuses(Piece) == ["on_sale"]


@pytest.mark.checklist("I3")
def test_old_key_is_not_repeated(unopened, simulator, at):
    """When Stripe may have forgotten the key, the attempt is looked up instead."""
    later = at + timedelta(hours=23)
    simulator.clock.set_to(later)

    finish(later)

    assert {call.method for call in simulator.calls} == {"GET"}
    assert (statuses(Order), statuses(Piece)) == (["canceled"], ["on_sale"])


@pytest.mark.checklist("I3")
def test_hidden_session_is_found_by_its_order(piece, simulator, at):
    """A paid Session that we never heard of is found by its order's reference."""
    orders.lose_stripe(simulator, when="after")
    with pytest.raises(gateways.UnavailableError):
        orders.place_order(piece, at=at)
    (session,) = simulator.sessions()
    simulator.pay(session["id"])

    finish(at + timedelta(hours=23))

    assert (statuses(Order), statuses(Piece)) == (["paid"], ["sold"])
    assert "POST" not in {call.method for call in simulator.calls[1:]}


def test_attempt_without_a_page_gets_no_other_page(placed, simulator, at):
    """An order's first page stays with its attempt when a second one is looked up."""
    stray = orders.make_attempt(placed.order, at=at)

    sweeps.finish_attempt(attempt_id=stray.pk, at=at + timedelta(hours=23))

    stray.refresh_from_db()
    placed.attempt.refresh_from_db()
    assert (stray.session_id, stray.status) == (None, "failed")
    assert placed.attempt.session_id == placed.session_id


def test_stored_error_is_not_waited_for(piece, simulator, at):
    """An error that Stripe stored under the key does not hold the piece for a day."""
    orders.lose_stripe(simulator, when="before")
    with pytest.raises(gateways.UnavailableError):
        orders.place_order(piece, at=at)
    later = at + timedelta(minutes=31)
    simulator.clock.set_to(later)

    finish(later)

    assert (statuses(Order), statuses(Piece)) == (["canceled"], ["on_sale"])


@pytest.mark.checklist("I2")
def test_key_used_otherwise_is_looked_up(piece, simulator, settings, at):
    """A key that meets other parameters gets no fresh key; a look settles it."""
    orders.lose_stripe(simulator, when="after")
    with pytest.raises(gateways.UnavailableError):
        orders.place_order(piece, at=at)
    settings.STORE = {**settings.STORE, "SITE_URL": "https://moved.example"}

    finish(at + TEN_MINUTES)

    (session,) = simulator.sessions()
    keys = {call.idempotency_key for call in simulator.calls if call.method == "POST"}
    assert len(keys) == 1
    assert PaymentAttempt.objects.get().session_id == session["id"]


def test_unreachable_stripe_changes_nothing(placed, simulator, at):
    """While Stripe cannot be asked nothing is freed, and the next sweep tries again."""
    simulator.pay(placed.session_id)
    simulator.faults.add(ApiFault("GET /v1", 503, should_retry=False))

    with pytest.raises(gateways.UnavailableError):
        finish(at + TEN_MINUTES)

    assert (placed.now(), statuses(Piece)) == ("pending", ["held"])
    finish(at + timedelta(minutes=15))
    assert placed.now() == "paid"
