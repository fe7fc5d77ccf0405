"""Claims of orders on pieces."""

import threading

import pytest
from django.db import IntegrityError, transaction

from store.models import Hold, Piece
from store.services import holds
from tests import orders
from tests.orders import statuses
from tests.store.rivals import open_rival
from tests.store_factories import make_item, make_piece


@pytest.fixture
def other(placed, simulator, at):
    """Another order, for another piece of the same item."""
    item = placed.order.lines.get().piece.item
    return orders.place_order(make_piece(item=item), at=at).order


def test_held_piece_is_gone_for_others(placed, piece, other, at):
    """A piece that an order holds cannot be claimed for another."""
    with pytest.raises(holds.PiecesGoneError) as caught:
        holds.claim_pieces(order=other, piece_ids=[piece.pk], at=at)

    assert caught.value.serial_numbers == (piece.serial_number,)


def test_claim_takes_all_or_none(placed, piece, other, at):
    """One piece that is gone leaves the free ones of the same claim free."""
    free = make_piece(item=piece.item)

    with pytest.raises(holds.PiecesGoneError):
        holds.claim_pieces(order=other, piece_ids=[free.pk, piece.pk], at=at)

    free.refresh_from_db()
    assert free.is_on_sale
    assert not free.holds.exists()


def test_database_refuses_a_second_live_hold(placed, piece, other, at):
    """Two live holds on a piece are impossible, whatever the code does."""
    with (
        pytest.raises(IntegrityError, match="store_hold_one_live_per_piece"),
        transaction.atomic(),
    ):
        Hold.objects.create(order=other, piece=piece, expires_at=at, created_at=at)


def test_piece_with_a_live_hold_is_gone(placed, piece, other, at):
    """A piece wrongly on sale while held is refused by its hold."""
    Piece.objects.filter(pk=piece.pk).update(status="on_sale")

    with pytest.raises(holds.PiecesGoneError) as caught:
        holds.claim_pieces(order=other, piece_ids=[piece.pk], at=at)

    assert caught.value.serial_numbers == (piece.serial_number,)


def test_restocked_piece_is_on_sale_again(placed, piece):
    """A sold piece that came back is on sale, and its hold is released."""
    holds.sell_held_pieces(order=placed.order)

    assert holds.restock_pieces(order=placed.order, piece_ids=[piece.pk]) == 1

    piece.refresh_from_db()
    assert (piece.status, statuses(Hold)) == ("on_sale", ["released"])


def test_piece_of_the_next_customer_is_not_restocked(placed, piece, other, at):
    """A piece that came back and was sold again stays with who has it now."""
    holds.sell_held_pieces(order=placed.order)
    holds.restock_pieces(order=placed.order, piece_ids=[piece.pk])
    holds.claim_pieces(order=other, piece_ids=[piece.pk], at=at)
    Piece.objects.update(status="sold")

    assert holds.restock_pieces(order=placed.order, piece_ids=[piece.pk]) == 0

    piece.refresh_from_db()
    assert piece.status == "sold"


def test_piece_whose_money_stays_is_taken_back(placed, piece):
    """A restocked piece that nobody holds is sold to its order again."""
    holds.sell_held_pieces(order=placed.order)
    holds.restock_pieces(order=placed.order, piece_ids=[piece.pk])

    gone = holds.take_back_pieces(order=placed.order, piece_ids=[piece.pk])

    piece.refresh_from_db()
    assert (gone, piece.status, statuses(Hold)) == ([], "sold", ["sold"])


@pytest.mark.parametrize("status", ["held", "on_sale"])
def test_piece_of_the_next_customer_is_not_taken_back(placed, piece, other, at, status):
    """A restocked piece that somebody holds stays theirs, and is named."""
    holds.sell_held_pieces(order=placed.order)
    holds.restock_pieces(order=placed.order, piece_ids=[piece.pk])
    holds.claim_pieces(order=other, piece_ids=[piece.pk], at=at)
    Piece.objects.filter(pk=piece.pk).update(status=status)

    gone = holds.take_back_pieces(order=placed.order, piece_ids=[piece.pk])

    assert gone == [piece.serial_number]
    assert placed.order.holds.get().status == "released"
    assert other.holds.get(piece=piece).status == "active"


def test_withdrawn_piece_is_not_taken_back(placed, piece):
    """What staff took off sale meanwhile stays as it is."""
    holds.sell_held_pieces(order=placed.order)
    holds.restock_pieces(order=placed.order, piece_ids=[piece.pk])
    Piece.objects.update(status="withdrawn")

    assert holds.take_back_pieces(order=placed.order, piece_ids=[piece.pk]) == []

    assert (statuses(Piece), statuses(Hold)) == (["withdrawn"], ["released"])


@pytest.mark.checklist("S13")
@pytest.mark.django_db(transaction=True)
def test_waiting_claim_outlasts_a_checkout_that_gives_up(placed, at):
    """A piece in the hands of a checkout that gives up is claimed by who waited."""
    wanted = make_piece(item=placed.order.lines.get().piece.item)

    with open_rival() as rival:
        rival.execute("SELECT 1 FROM store_piece WHERE id = %s FOR UPDATE", [wanted.pk])
        threading.Timer(0.5, rival.execute, ["ROLLBACK"]).start()
        holds.claim_pieces(
            order=placed.order, piece_ids=[wanted.pk], at=at, is_waiting=True
        )

    wanted.refresh_from_db()
    assert wanted.status == "held"


@pytest.mark.django_db(transaction=True)
def test_claim_waits_for_nobody(simulator, at):
    """A piece that another checkout is claiming right now counts as gone at once."""
    item = make_item()
    order = orders.place_order(make_piece(item=item), at=at).order
    wanted = make_piece(item=item)

    with open_rival() as rival:
        rival.execute("SELECT 1 FROM store_piece WHERE id = %s FOR UPDATE", [wanted.pk])
        with pytest.raises(holds.PiecesGoneError):
            holds.claim_pieces(order=order, piece_ids=[wanted.pk], at=at)


@pytest.mark.django_db(transaction=True)
def test_piece_going_into_a_cart_is_free(simulator, at):
    """A cart line being written for a piece does not make the piece look taken."""
    item = make_item()
    order = orders.place_order(make_piece(item=item), at=at).order
    wanted = make_piece(item=item)

    with open_rival() as rival:
        rival.execute(
            "INSERT INTO store_cartline (cart_id, piece_id, engraving, added_at)"
            " SELECT id, %s, '', now() FROM store_cart",
            [wanted.pk],
        )
        holds.claim_pieces(order=order, piece_ids=[wanted.pk], at=at)

    assert wanted.holds.get().status == "active"


@pytest.mark.checklist("S14")
def test_hold_lasts_longer_than_the_page(placed, settings):
    """A hold is planned for the configured time, longer than the page."""
    hold = Hold.objects.get()

    assert (hold.expires_at - hold.created_at).total_seconds() == 45 * 60
    assert hold.expires_at > placed.attempt.expires_at


def test_sold_hold_stays(placed, piece):
    """Selling turns hold and piece into sold."""
    holds.sell_held_pieces(order=placed.order)

    assert (statuses(Hold), statuses(Piece)) == (["sold"], ["sold"])


@pytest.mark.parametrize("model", [Hold, Piece])
def test_order_without_its_piece_sells_nothing(model, placed):
    """An order whose piece is not held for it any more sells nothing."""
    lost = {Hold: "released", Piece: "on_sale"}[model]
    model.objects.update(status=lost)
    before = statuses(Hold), statuses(Piece)

    with pytest.raises(holds.HoldsLostError):
        holds.sell_held_pieces(order=placed.order)

    assert (statuses(Hold), statuses(Piece)) == before


def test_released_piece_is_free(placed):
    """Releasing puts the piece back on sale, and counts it."""
    assert holds.release_pieces(order=placed.order) == 1
    assert holds.release_pieces(order=placed.order) == 0

    assert (statuses(Hold), statuses(Piece)) == (["released"], ["on_sale"])


def test_sold_piece_is_not_released(placed):
    """What is sold is not put on sale by a late release."""
    holds.sell_held_pieces(order=placed.order)

    assert holds.release_pieces(order=placed.order) == 0

    assert statuses(Piece) == ["sold"]
