"""The publish gate, and what passes it."""

import pytest
from django.db import IntegrityError, connection, transaction

from store.domain.certificate import REQUIRED_STEPS
from store.models import Certificate, Collection, Item, Piece
from store.services import catalog
from tests.orders import statuses
from tests.store_factories import (
    make_chain,
    make_collection,
    make_item,
    make_piece,
    make_stone,
)

pytestmark = pytest.mark.django_db


def make_draft(*, kinds=REQUIRED_STEPS):
    """Return a draft piece with one stone and these steps."""
    piece = Piece.objects.create(item=make_item(), serial_number="DRAFT-1")
    make_stone(piece=piece)
    make_chain(piece=piece, kinds=kinds)
    return piece


def put_on_sale(*pieces, at):
    """Put pieces on sale and return how many went."""
    return catalog.put_on_sale(piece_ids=[piece.pk for piece in pieces], at=at)


def test_complete_piece_goes_on_sale(at):
    """A draft with a full chain goes on sale with a certificate of its own."""
    piece = make_draft()

    assert put_on_sale(piece, at=at) == 1

    piece.refresh_from_db()
    assert piece.is_on_sale
    assert piece.certificate == Certificate.objects.get(piece=piece, status="issued")


@pytest.mark.parametrize("step", REQUIRED_STEPS)
def test_each_missing_step_is_refused(step, at):
    """Without any one step of the chain the gate stays shut and names the step."""
    piece = make_draft(kinds=[kind for kind in REQUIRED_STEPS if kind != step])

    with pytest.raises(catalog.ChainIncompleteError) as caught:
        put_on_sale(piece, at=at)

    assert caught.value.missing == [f"Add the step “{step}” to the chain."]
    assert caught.value.serial_number == "DRAFT-1"
    assert (statuses(Piece), Certificate.objects.count()) == (["draft"], 0)


def test_gate_takes_all_or_none(at):
    """One incomplete piece keeps the others of the same act off sale."""
    complete = make_draft()
    incomplete = Piece.objects.create(item=complete.item, serial_number="DRAFT-2")

    with pytest.raises(catalog.ChainIncompleteError, match="DRAFT-2: Add at least"):
        put_on_sale(complete, incomplete, at=at)

    assert statuses(Piece) == ["draft", "draft"]


def test_piece_on_sale_is_left_alone(at):
    """Putting a piece on sale twice issues one certificate."""
    piece = make_draft()
    put_on_sale(piece, at=at)

    assert put_on_sale(piece, at=at) == 0

    assert Certificate.objects.count() == 1


@pytest.mark.parametrize("status", ["on_sale", "held", "sold"])
def test_database_refuses_a_piece_without_certificate(status):
    """Not even raw SQL puts a piece on sale that has no certificate."""
    piece = make_draft()
    sql = "UPDATE store_piece SET status = %s WHERE id = %s"

    with (
        pytest.raises(IntegrityError, match="store_piece_certified_before_sale"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, [status, piece.pk])


def test_withdrawn_piece_keeps_its_certificate():
    """A piece off sale keeps a valid certificate."""
    piece = make_piece()

    catalog.withdraw_piece(piece_id=piece.pk)

    piece.refresh_from_db()
    assert piece.status == "withdrawn"
    assert piece.certificate.status == "issued"


def test_withdrawn_piece_returns_unchanged(at):
    """A withdrawn piece goes on sale again under the same certificate."""
    piece = make_piece()
    catalog.withdraw_piece(piece_id=piece.pk)

    assert put_on_sale(piece, at=at) == 1

    assert Certificate.objects.get() == piece.certificate


@pytest.mark.parametrize("status", ["held", "sold"])
def test_piece_in_use_is_not_withdrawn(status):
    """A held or sold piece stays where it is."""
    piece = make_piece()
    Piece.objects.update(status=status)

    with pytest.raises(catalog.PieceInUseError):
        catalog.withdraw_piece(piece_id=piece.pk)

    assert statuses(Piece) == [status]


def test_revised_piece_gets_the_next_version(at):
    """A corrected piece keeps its certificate's number and gets version 2."""
    piece = make_piece()
    catalog.withdraw_piece(piece_id=piece.pk)
    catalog.revise_piece(piece_id=piece.pk)
    Piece.objects.update(limits="Another mine is possible.")

    put_on_sale(piece, at=at)

    old, new = Certificate.objects.order_by("version")
    assert (old.status, new.status) == ("superseded", "issued")
    assert (new.number, new.version) == (old.number, 2)
    assert new.digest != old.digest


def test_piece_under_revision_is_a_draft():
    """A piece under revision has no valid certificate, the old one stays readable."""
    piece = make_piece()
    catalog.withdraw_piece(piece_id=piece.pk)

    catalog.revise_piece(piece_id=piece.pk)

    piece.refresh_from_db()
    assert (piece.status, piece.certificate) == ("draft", None)
    assert Certificate.objects.get().status == "superseded"


def test_piece_on_sale_is_not_revised():
    """A piece is withdrawn before it is revised."""
    piece = make_piece()

    with pytest.raises(catalog.PieceInUseError):
        catalog.revise_piece(piece_id=piece.pk)

    assert Certificate.objects.get().status == "issued"


def test_items_are_published_once(at):
    """A published item keeps the moment it was first shown."""
    item = make_item(is_published=False)

    assert catalog.publish_items(item_ids=[item.pk], at=at) == 1
    assert catalog.publish_items(item_ids=[item.pk], at=at) == 0

    assert Item.objects.published().get().published_at == at


def test_unpublished_items_are_hidden():
    """A hidden item is in no list of shoppers."""
    item = make_item()

    assert catalog.unpublish_items(item_ids=[item.pk]) == 1

    assert not Item.objects.published().exists()


def test_collections_are_published_once(at):
    """A published collection keeps the moment it was first shown."""
    collection = make_collection(is_published=False)
    ids = [collection.pk]

    assert catalog.publish_collections(collection_ids=ids, at=at) == 1
    assert catalog.publish_collections(collection_ids=ids, at=at) == 0

    assert Collection.objects.published().get().published_at == at
