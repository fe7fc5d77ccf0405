"""Returns: a customer asks to send pieces back, staff answers, the money follows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from store.domain.order import OrderStatus, ReturnStatus
from store.models import Line, Message, Order, Refund, RefundLine, Return, ReturnLine
from store.services import holds, messages, orders, refunds

_OPEN = (ReturnStatus.REQUESTED, ReturnStatus.APPROVED)
_REASON_LENGTH = 300


class ReturnRefusedError(Exception):
    """A return was not recorded; what follows from it says why."""


class OrderNotReturnableError(ReturnRefusedError):
    """The order is not paid, or its money is on its way back, or disputed."""


class NothingToReturnError(ReturnRefusedError):
    """No piece was named, or one that the order does not have."""


class LineAlreadyReturnedError(ReturnRefusedError):
    """A piece came back already, or its return is being looked at."""


class ReturnOpenError(ReturnRefusedError):
    """The order has a return that nobody has finished; one at a time."""


class ReturnDecidedError(ReturnRefusedError):
    """Somebody answered the return meanwhile, or it was not approved yet."""


def request_return(
    *, order_token: str, line_ids: Sequence[int], reason: str, at: datetime
) -> Return:
    """Record that the customer of a paid order wants to send pieces back.

    Raises:
        OrderNotReturnableError: the order is not paid.
        NothingToReturnError: no line, or a line of another order.
        LineAlreadyReturnedError: a piece came back, or is asked for already.
        ReturnOpenError: another return of the order is open.
        Order.DoesNotExist: nobody has this token.
    """
    order_id = Order.objects.values_list("pk", flat=True).get(token=order_token)
    with transaction.atomic():
        order = orders.lock_order(pk=order_id)
        lines = _read_lines(order, line_ids)
        request = Return.objects.create(
            order=order, reason=reason.strip()[:_REASON_LENGTH], requested_at=at
        )
        ReturnLine.objects.bulk_create(
            ReturnLine(parent=request, line=line) for line in lines
        )
    return request


def list_returnable(*, order: Order) -> list[Line]:
    """List the lines whose pieces the customer may ask to send back now."""
    if order.status != OrderStatus.PAID or _is_open(order):
        return []
    lines = order.lines.exclude(refund_lines__is_live=True)
    return list(lines.exclude(return_lines__is_live=True).order_by("position"))


def approve_return(
    *, return_id: int, answer: str, decided_by_id: int | None, at: datetime
) -> None:
    """Tell the customer how to send the pieces; `answer` is staff's own words.

    Raises:
        ReturnDecidedError: somebody answered already.
    """
    with transaction.atomic():
        request = _lock(return_id)
        _decide(request, ReturnStatus.APPROVED, answer, decided_by_id, at)
        _write(request, Message.Kind.RETURN_APPROVED, at)


def decline_return(
    *, return_id: int, answer: str, decided_by_id: int | None, at: datetime
) -> None:
    """Tell the customer why not; the pieces may be asked for again.

    Raises:
        ReturnDecidedError: somebody answered already.
    """
    with transaction.atomic():
        request = _lock(return_id)
        _decide(request, ReturnStatus.DECLINED, answer, decided_by_id, at)
        request.lines.update(is_live=False)
        _write(request, Message.Kind.RETURN_DECLINED, at)


def receive_return(
    *,
    return_id: int,
    restock_ids: Sequence[int] = (),
    is_shipping_included: bool = False,
    decided_by_id: int | None,
    at: datetime,
) -> Refund | None:
    """Record that the pieces came back, and owe what was paid for them.

    Where a part of it went back before, the rest does; where all did, nothing.
    `restock_ids` are the lines whose pieces go on sale again.

    Raises:
        ReturnDecidedError: it was not approved, or was received already.
        RefundRefusedError: the refund cannot be made; nothing was recorded.
    """
    with transaction.atomic():
        request = _lock(return_id)
        _move(request, ReturnStatus.APPROVED, ReturnStatus.RECEIVED)
        lines = [one.line for one in request.lines.select_related("line")]
        wish = refunds.Wish(
            line_ids=tuple(line.pk for line in lines),
            restock_ids=tuple(restock_ids),
            is_shipping_included=is_shipping_included,
        )
        refund = _refund(request, lines, wish, decided_by_id, at)
        Return.objects.filter(pk=request.pk).update(refund=refund)
    return refund


def _read_lines(order: Order, line_ids: Sequence[int]) -> list[Line]:
    if order.status != OrderStatus.PAID:
        raise OrderNotReturnableError(f"the order is {order.get_status_display()}")
    lines = list(order.lines.filter(pk__in=line_ids))
    if not lines or len(lines) < len(set(line_ids)):
        raise NothingToReturnError("name pieces of this order")
    if RefundLine.objects.filter(line__in=lines, is_live=True).exists():
        raise LineAlreadyReturnedError("a piece was refunded already")
    if ReturnLine.objects.filter(line__in=lines, is_live=True).exists():
        raise LineAlreadyReturnedError("a piece is asked to be sent back already")
    if _is_open(order):
        raise ReturnOpenError("another return of this order is not finished")
    return lines


def _is_open(order: Order) -> bool:
    return order.returns.filter(status__in=_OPEN).exists()


def _lock(return_id: int) -> Return:
    """Return the return, its order locked, so that callers take turns."""
    order_id = Return.objects.values_list("order_id", flat=True).get(pk=return_id)
    order = orders.lock_order(pk=order_id)
    request = Return.objects.get(pk=return_id)
    request.order = order
    return request


def _decide(
    request: Return,
    status: ReturnStatus,
    answer: str,
    decided_by_id: int | None,
    at: datetime,
) -> None:
    _move(request, ReturnStatus.REQUESTED, status)
    Return.objects.filter(pk=request.pk).update(
        answer=answer.strip()[:_REASON_LENGTH],
        decided_by_id=decided_by_id,
        decided_at=at,
    )


def _move(request: Return, before: ReturnStatus, after: ReturnStatus) -> None:
    moved = Return.objects.filter(pk=request.pk, status=before).update(status=after)
    if not moved:
        raise ReturnDecidedError(f"the return is {request.get_status_display()}")


def _write(request: Return, kind: str, at: datetime) -> None:
    messages.owe_message(
        order=request.order, kind=kind, at=at, reference=f"return-{request.pk}"
    )


def _refund(
    request: Return,
    lines: Sequence[Line],
    wish: refunds.Wish,
    decided_by_id: int | None,
    at: datetime,
) -> Refund | None:
    payment = request.order.payments.get(is_counted=True)
    left = refunds.count_refundable(payment=payment)
    paid = sum(line.total_amount for line in lines)
    if not min(paid, left):
        pieces = [line.piece_id for line in lines if line.pk in wish.restock_ids]
        holds.restock_pieces(order=request.order, piece_ids=pieces)
        return None
    return refunds.request_refund(
        payment_id=payment.pk,
        wish=wish if paid <= left else replace(wish, amount=left),
        origin=Refund.Origin.RETURN,
        reason=f"Return {request.pk}",
        requested_by_id=decided_by_id,
        at=at,
    )
