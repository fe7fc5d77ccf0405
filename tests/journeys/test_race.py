"""One piece, many customers: exactly one of them gets it (PostgreSQL, threads)."""

import contextlib

import pytest
from django.db import connection, transaction
from django.utils import timezone

from store.domain.order import HoldStatus, PieceStatus
from store.models import Hold, Order, Payment, Piece
from store.services import checkout, holds
from tests.journeys import purchases, races

SHOPPERS = 16

pytestmark = pytest.mark.django_db(transaction=True)


def _lock_only(piece_ids, _):
    free = Piece.objects.on_sale().filter(pk__in=piece_ids)
    locked = free.select_for_update(skip_locked=True, no_key=True)
    return _mark(list(locked.values_list("pk", flat=True)))


def _conditional_update_only(piece_ids, meeting):
    list(Piece.objects.on_sale().filter(pk__in=piece_ids))
    meeting.wait()
    free = Piece.objects.on_sale().filter(pk__in=piece_ids)
    return free.update(status=PieceStatus.HELD)


def _no_guard(piece_ids, meeting):
    free = Piece.objects.on_sale().filter(pk__in=piece_ids)
    seen = list(free.values_list("pk", flat=True))
    meeting.wait()
    return _mark(seen)


def _mark(piece_ids):
    Piece.objects.filter(pk__in=piece_ids).update(status=PieceStatus.HELD)
    return len(piece_ids)


@contextlib.contextmanager
def _without_unique_constraint():
    """Let the database allow two live holds on one piece, for a while."""
    (rule,) = (c for c in Hold._meta.constraints if c.name.endswith("live_per_piece"))
    with connection.schema_editor() as editor:
        editor.remove_constraint(Hold, rule)
    try:
        yield
    finally:
        Hold.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Hold, rule)


def _replace_guard(monkeypatch, take):
    meeting = races.Meeting(SHOPPERS)
    monkeypatch.setattr(holds, "_take_free", lambda ids, **_: take(ids, meeting))


def _race_for(piece):
    """Let every shopper check out a cart of their own with the same piece."""
    tokens = [purchases.fill_cart(piece) for _ in range(SHOPPERS)]

    outcomes = races.run_together(SHOPPERS, lambda n: _check_out(tokens[n]))
    winners = [o for o in outcomes if isinstance(o, checkout.Checkout)]
    return winners, [o for o in outcomes if o not in winners]


def _check_out(token):
    return checkout.start_checkout(
        cart_token=token, email=purchases.EMAIL, at=timezone.now()
    )


def _assert_one_winner(simulator, piece, winners, losers):
    assert len(winners) == 1
    assert len(simulator.sessions()) == 1
    assert [type(loser) for loser in losers] == [holds.PiecesGoneError] * (SHOPPERS - 1)
    assert {loser.serial_numbers for loser in losers} == {(piece.serial_number,)}
    assert Order.objects.count() == 1


@pytest.mark.checklist("S15")
def test_one_of_sixteen_shoppers_gets_the_piece(simulator):
    """Of sixteen checkouts at once one gets a payment page, fifteen a clear refusal."""
    (piece,) = purchases.offer_pieces(1)

    winners, losers = _race_for(piece)

    _assert_one_winner(simulator, piece, winners, losers)
    order = Order.objects.get(token=winners[0].order_token)
    purchases.pay(simulator, order)
    purchases.confirm(order)
    piece.refresh_from_db()
    assert piece.status == PieceStatus.SOLD
    assert Hold.objects.get().status == HoldStatus.SOLD
    assert Payment.objects.get().order == order


@pytest.mark.checklist("S15")
@pytest.mark.parametrize("take", [_lock_only, _conditional_update_only])
def test_either_guard_of_the_code_is_enough(simulator, monkeypatch, take):
    """Row lock and conditional update each keep the piece single without the others."""
    (piece,) = purchases.offer_pieces(1)
    _replace_guard(monkeypatch, take)

    with _without_unique_constraint():
        winners, losers = _race_for(piece)

        _assert_one_winner(simulator, piece, winners, losers)


@pytest.mark.checklist("S15")
def test_the_database_alone_is_enough(simulator, monkeypatch):
    """The unique constraint keeps the piece single when the code guards nothing."""
    (piece,) = purchases.offer_pieces(1)
    _replace_guard(monkeypatch, _no_guard)

    winners, losers = _race_for(piece)

    _assert_one_winner(simulator, piece, winners, losers)


def test_without_guards_the_piece_is_sold_twice(simulator, monkeypatch):
    """Negative control: without its three guards the same race has several winners."""
    (piece,) = purchases.offer_pieces(1)
    _replace_guard(monkeypatch, _no_guard)

    with _without_unique_constraint():
        winners, _ = _race_for(piece)

        assert len(winners) > 1
        assert len(simulator.sessions()) == len(winners)


def test_a_cart_does_not_make_a_piece_look_taken(simulator):
    """A piece can be checked out while somebody else puts it in a cart."""
    (piece,) = purchases.offer_pieces(1)
    token = purchases.fill_cart(piece)

    with transaction.atomic():
        purchases.fill_cart(piece)
        # Foreign keys are checked, and lock the piece's key, while this commits: make
        # that moment last.
        connection.check_constraints()
        (outcome,) = races.run_together(1, lambda _: _check_out(token))

    assert isinstance(outcome, checkout.Checkout)


@pytest.mark.checklist("S10")
def test_two_clicks_make_one_order(simulator):
    """One cart checked out from many tabs at once gives one order and one page."""
    (piece,) = purchases.offer_pieces(1)
    token = purchases.fill_cart(piece)

    outcomes = races.run_together(4, lambda _: _check_out(token))

    assert len(set(outcomes)) == 1
    assert len(simulator.sessions()) == 1
    assert Order.objects.count() == 1
