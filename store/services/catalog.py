"""Publish collections and items, put pieces on sale, and take them off again.

This is the publish gate: nothing else sets a piece on sale.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from donations.services import pledges
from store.domain.order import PieceStatus
from store.models import Certificate, Collection, Item, Piece
from store.services import certificates

_OFF_SALE = (PieceStatus.DRAFT, PieceStatus.WITHDRAWN)


class ChainIncompleteError(Exception):
    """A piece cannot go on sale; `missing` says what to add, in plain sentences.

    Complete its stones and its chain of custody, then try again.
    """

    def __init__(self, serial_number: str, missing: list[str]) -> None:
        """Keep the piece's serial number and the sentences."""
        super().__init__(f"{serial_number}: {' '.join(missing)}")
        self.serial_number = serial_number
        self.missing = missing


class CurrencyNotPledgedError(Exception):
    """An item is priced in a currency of which its pledge gives nothing.

    Correct the item's currency, or its collection's pledge. `names` lists the items.
    """

    def __init__(self, names: Sequence[str]) -> None:
        """Keep the items' names."""
        super().__init__(", ".join(names))
        self.names = tuple(names)


class PieceInUseError(Exception):
    """A held or sold piece cannot be withdrawn or revised.

    Wait until its hold ends, or see to its order first.
    """


def put_on_sale(*, piece_ids: Sequence[int], at: datetime) -> int:
    """Put draft and withdrawn pieces on sale, all or none, and count them.

    Issues a certificate for each piece that has no valid one. Pieces already on sale
    are left as they are.

    Raises:
        ChainIncompleteError: a piece lacks a step, a stone or a proof.
    """
    with transaction.atomic():
        pieces = list(
            Piece.objects.filter(pk__in=piece_ids, status__in=_OFF_SALE)
            .select_for_update(of=("self",))
            .select_related("item")
            .prefetch_related("stones", "events")
            .order_by("pk")
        )
        _check_chains(pieces)
        _attach_certificates([p for p in pieces if p.certificate_id is None], at)
        for piece in pieces:
            piece.status = PieceStatus.ON_SALE
        Piece.objects.bulk_update(pieces, ["status", "certificate"])
        return len(pieces)


def withdraw_piece(*, piece_id: int) -> None:
    """Take a piece off sale; its certificate stays valid and readable.

    Raises:
        PieceInUseError: the piece is held or sold.
    """
    allowed = (PieceStatus.ON_SALE, *_OFF_SALE)
    updated = Piece.objects.filter(pk=piece_id, status__in=allowed).update(
        status=PieceStatus.WITHDRAWN
    )
    if not updated:
        raise PieceInUseError(piece_id)


def revise_piece(*, piece_id: int) -> None:
    """Make a withdrawn piece a draft again, so that its facts can be corrected.

    The certificate becomes superseded and stays readable; going on sale again issues
    its next version.

    Raises:
        PieceInUseError: the piece is on sale, held or sold; withdraw it first.
    """
    with transaction.atomic():
        updated = Piece.objects.filter(
            pk=piece_id, status=PieceStatus.WITHDRAWN
        ).update(status=PieceStatus.DRAFT, certificate=None)
        if not updated:
            raise PieceInUseError(piece_id)
        Certificate.objects.filter(
            piece=piece_id, status=Certificate.Status.ISSUED
        ).update(status=Certificate.Status.SUPERSEDED)


def publish_items(*, item_ids: Sequence[int], at: datetime) -> int:
    """Show items to shoppers; those already published keep their first moment.

    Raises:
        CurrencyNotPledgedError: an item would give nothing, because of its currency.
    """
    _check_currencies(item_ids, at)
    return Item.objects.filter(pk__in=item_ids, published_at=None).update(
        published_at=at
    )


def unpublish_items(*, item_ids: Sequence[int]) -> int:
    """Hide items from shoppers; carts and orders keep what they have."""
    return Item.objects.filter(pk__in=item_ids).update(published_at=None)


def publish_collections(*, collection_ids: Sequence[int], at: datetime) -> int:
    """Show collections to shoppers; those already published are left as they are."""
    return Collection.objects.filter(pk__in=collection_ids, published_at=None).update(
        published_at=at
    )


def _check_currencies(item_ids: Sequence[int], at: datetime) -> None:
    items = list(Item.objects.filter(pk__in=item_ids).select_related("collection"))
    promises = pledges.list_terms(
        pledge_ids={item.collection.pledge_id for item in items}, on=at.date()
    )
    names = [
        item.name
        for item in items
        if (terms := promises.get(item.collection.pledge_id))
        and not pledges.gives_in(terms=terms, currency=item.currency)
    ]
    if names:
        raise CurrencyNotPledgedError(names)


def _check_chains(pieces: Sequence[Piece]) -> None:
    for piece in pieces:
        missing = certificates.missing_for_sale(piece=piece)
        if missing:
            raise ChainIncompleteError(piece.serial_number, missing)


def _attach_certificates(pieces: Sequence[Piece], at: datetime) -> None:
    issued = certificates.issue_certificates(pieces=pieces, at=at)
    for piece, certificate in zip(pieces, issued, strict=True):
        piece.certificate = certificate
