"""Holds: claim pieces for an order, sell them to it, or let them go.

Note: why a piece is sold at most once. Three guards, each enough alone. Rows are
locked where the database can lock rows; the status changes by a conditional update
whose row count is checked; and a partial unique constraint refuses a second live
hold whatever the code does.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from store.conf import conf
from store.domain.order import HoldStatus, PieceStatus
from store.models import Hold, Order, Piece


class PiecesGoneError(Exception):
    """Somebody else holds or bought some pieces; remove them and go on.

    `serial_numbers` names them.
    """

    def __init__(self, serial_numbers: Sequence[str]) -> None:
        """Keep the serial numbers, in order."""
        super().__init__(", ".join(serial_numbers))
        self.serial_numbers = tuple(serial_numbers)


class HoldsLostError(Exception):
    """A paid order's pieces are not held for it any more; nothing was changed.

    Somebody changed holds or pieces behind the services: a person must look.
    """


def claim_pieces(
    *,
    order: Order,
    piece_ids: Collection[int],
    at: datetime,
    is_waiting: bool = False,
) -> None:
    """Hold every piece for `order`, or none.

    Waits for nobody: a piece that another checkout is claiming right now counts as
    gone. With `is_waiting` that checkout is let finish first, since it may give up.

    Raises:
        PiecesGoneError: at least one piece is not free.
    """
    try:
        with transaction.atomic():
            if _take_free(piece_ids, is_waiting=is_waiting) < len(piece_ids):
                raise PiecesGoneError(())
            Hold.objects.bulk_create(_holds(order, piece_ids, at))
    except (PiecesGoneError, IntegrityError):
        raise PiecesGoneError(_serials_not_free(piece_ids)) from None


def sell_held_pieces(*, order: Order) -> None:
    """Turn the order's active holds into sales, all or none.

    Raises:
        HoldsLostError: a piece of the order is not held for it.
    """
    held = order.holds.filter(status=HoldStatus.ACTIVE)
    piece_ids = list(held.values_list("piece_id", flat=True))
    with transaction.atomic():
        sold = Piece.objects.filter(pk__in=piece_ids, status=PieceStatus.HELD).update(
            status=PieceStatus.SOLD
        )
        held.update(status=HoldStatus.SOLD)
        if sold != order.lines.count():
            raise HoldsLostError(order.pk)


def release_pieces(*, order: Order) -> int:
    """Let the order's active holds go, put their pieces back on sale, count them."""
    held = order.holds.filter(status=HoldStatus.ACTIVE)
    piece_ids = list(held.values_list("piece_id", flat=True))
    Piece.objects.filter(pk__in=piece_ids, status=PieceStatus.HELD).update(
        status=PieceStatus.ON_SALE
    )
    return held.update(status=HoldStatus.RELEASED)


def restock_pieces(*, order: Order, piece_ids: Collection[int]) -> int:
    """Put sold pieces that came back on sale again, and count them.

    A piece that is not sold to this order any more is left alone: it came back
    before, and somebody else may have bought it.
    """
    sold = order.holds.filter(status=HoldStatus.SOLD, piece__in=piece_ids)
    mine = list(sold.values_list("piece_id", flat=True))
    Piece.objects.filter(pk__in=mine, status=PieceStatus.SOLD).update(
        status=PieceStatus.ON_SALE
    )
    return sold.update(status=HoldStatus.RELEASED)


def take_back_pieces(*, order: Order, piece_ids: Collection[int]) -> list[str]:
    """Sell restocked pieces to the order again: their money did not go back after all.

    Returns the serial numbers of those that somebody else holds or bought meanwhile. A
    piece that staff took off sale stays as it is.
    """
    live = Hold.objects.filter(
        piece__in=piece_ids, status__in=[HoldStatus.ACTIVE, HoldStatus.SOLD]
    )
    for pk in sorted(piece_ids):
        released = order.holds.filter(piece=pk, status=HoldStatus.RELEASED)
        hold = released.order_by("pk").last()
        free = Piece.objects.on_sale().filter(pk=pk).exclude(holds__in=live)
        if hold is not None and free.update(status=PieceStatus.SOLD):
            Hold.objects.filter(pk=hold.pk).update(status=HoldStatus.SOLD)
    gone = live.exclude(order=order).order_by("piece_id")
    return list(gone.values_list("piece__serial_number", flat=True))


def _take_free(piece_ids: Collection[int], *, is_waiting: bool) -> int:
    """Mark the free pieces among these as held and count them."""
    free = list(
        Piece.objects.on_sale()
        .filter(pk__in=piece_ids)
        .order_by("pk")  # One order of locking, so that two carts cannot deadlock.
        # "No key": somebody who puts the piece in a cart meanwhile locks its key, and
        # must not make it look taken.
        .select_for_update(skip_locked=not is_waiting, no_key=True)
        .values_list("pk", flat=True)
    )
    return Piece.objects.on_sale().filter(pk__in=free).update(status=PieceStatus.HELD)


def _holds(order: Order, piece_ids: Collection[int], at: datetime) -> list[Hold]:
    expires_at = at + timedelta(seconds=conf.HOLD_SECONDS)
    return [
        Hold(order=order, piece_id=pk, expires_at=expires_at, created_at=at)
        for pk in piece_ids
    ]


def _serials_not_free(piece_ids: Collection[int]) -> list[str]:
    """Name the pieces that are not free; all of them when the race is still open."""
    asked = Piece.objects.filter(pk__in=piece_ids).order_by("pk")
    gone = asked.exclude(status=PieceStatus.ON_SALE)
    return list(gone.values_list("serial_number", flat=True)) or list(
        asked.values_list("serial_number", flat=True)
    )
