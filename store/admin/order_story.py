"""The story of an order's money for staff: the sums, the giving, and step by step."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from donations.services import donations
from store.admin import screens
from store.domain.order import CLOSED_DISPUTES, RefundStatus
from store.models import Dispute, Line, Order, Payment, Refund, RefundLine, Return


@dataclass(frozen=True, slots=True)
class PaymentSums:
    """What came with one payment and what of it is gone, as people read money."""

    link: str
    paid: str
    refunded: str
    on_its_way: str
    disputed: str
    kept: str
    is_counted: bool


@dataclass(frozen=True, slots=True)
class LineGiving:
    """One piece: what was paid, what became of it, and what is given because of it."""

    link: str
    piece_link: str
    paid: str
    fate: str
    promised: str
    given: str
    standing: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, and who did it where a person did."""

    at: datetime
    text: str
    link: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """All of it, read with a number of statements that no order makes larger."""

    payments: list[PaymentSums]
    lines: list[LineGiving]
    steps: list[Step]


def tell(order: Order) -> Story:
    """Return the story of an order's money."""
    payments = list(order.payments.order_by("paid_at", "pk"))
    refunds = list(
        Refund.objects.filter(payment__in=payments)
        .select_related("requested_by")
        .order_by("created_at", "pk")
    )
    disputes = list(Dispute.objects.filter(payment__in=payments).order_by("opened_at"))
    returns = list(order.returns.select_related("decided_by").order_by("requested_at"))
    steps = [
        Step(order.placed_at, "Placed"),
        *(_paid(payment) for payment in payments),
        *_shipped(order),
        *(step for refund in refunds for step in _refund_steps(refund)),
        *(step for dispute in disputes for step in _dispute_steps(dispute)),
        *(step for wish in returns for step in _return_steps(wish)),
    ]
    return Story(
        payments=[_sum_up(payment, refunds, disputes) for payment in payments],
        lines=_read_lines(order),
        steps=sorted(steps, key=lambda step: step.at),
    )


def _sum_up(
    payment: Payment, refunds: list[Refund], disputes: list[Dispute]
) -> PaymentSums:
    back = sum(
        one.amount
        for one in refunds
        if one.payment_id == payment.pk and one.status == RefundStatus.SUCCEEDED
    )
    taken = sum(
        one.withdrawn_amount for one in disputes if one.payment_id == payment.pk
    )
    kept = payment.amount - payment.refunded_amount - taken

    def written(amount: int) -> str:
        return screens.format_amount(amount, payment.currency)

    return PaymentSums(
        link=screens.link_to(payment),
        paid=written(payment.amount),
        refunded=written(back),
        on_its_way=written(payment.refunded_amount - back),
        disputed=written(taken),
        kept=written(kept),
        is_counted=payment.is_counted,
    )


def _read_lines(order: Order) -> list[LineGiving]:
    lines = list(order.lines.select_related("piece").order_by("position"))
    given = donations.list_by_source(sources=[line.source for line in lines])
    live = RefundLine.objects.filter(line__in=lines, is_live=True)
    back = {one.line_id: one for one in live.select_related("refund")}
    return [
        _give(order, line, given.get(line.source), back.get(line.pk)) for line in lines
    ]


def _give(
    order: Order,
    line: Line,
    state: donations.DonationState | None,
    back: RefundLine | None,
) -> LineGiving:
    nothing = screens.NOTHING
    return LineGiving(
        link=screens.link_to(line),
        piece_link=screens.link_to(line.piece),
        paid=screens.format_amount(line.total_amount, order.currency),
        fate=_tell_fate(back),
        promised=screens.format_amount(line.donation_amount, order.currency),
        given=nothing
        if state is None
        else screens.format_amount(state.given.amount, state.given.currency),
        standing=nothing if state is None else _tell_standing(state),
    )


def _tell_standing(state: donations.DonationState) -> str:
    text = state.status.replace("_", " ")
    return f"{text}, held while disputed" if state.is_held else text


def _tell_fate(back: RefundLine | None) -> str:
    if back is None:
        return "kept by the customer"
    is_back = back.refund.status == RefundStatus.SUCCEEDED
    money_text = "refunded" if is_back else "refund on its way"
    return f"{money_text}, back on sale" if back.is_restocked else money_text


def _paid(payment: Payment) -> Step:
    amount = screens.format_amount(payment.amount, payment.currency)
    note = "" if payment.is_counted else "; it did not sell the order"
    return Step(payment.paid_at, f"Paid {amount}{note}", screens.link_to(payment))


def _shipped(order: Order) -> Iterator[Step]:
    if order.shipped_at is not None:
        by = f", {order.tracking_reference}" if order.tracking_reference else ""
        yield Step(order.shipped_at, f"Shipped{by}")


def _refund_steps(refund: Refund) -> Iterator[Step]:
    amount = screens.format_amount(refund.amount, refund.currency)
    link = screens.link_to(refund)
    yield Step(
        refund.created_at,
        f"Refund of {amount} asked for: {refund.reason}",
        link,
        _name(refund.requested_by) or refund.get_origin_display().lower(),
    )
    if refund.finished_at is not None:
        because = f": {refund.failure_reason}" if refund.failure_reason else ""
        text = f"Refund of {amount} {refund.get_status_display()}{because}"
        yield Step(refund.finished_at, text, link)


def _dispute_steps(dispute: Dispute) -> Iterator[Step]:
    amount = screens.format_amount(dispute.amount, dispute.currency)
    link = screens.link_to(dispute)
    because = f": {dispute.reason}".replace("_", " ") if dispute.reason else ""
    yield Step(dispute.opened_at, f"{amount} disputed{because}", link)
    if dispute.closed_at is not None and dispute.status in CLOSED_DISPUTES:
        kept = screens.format_amount(dispute.withdrawn_amount, dispute.currency)
        text = f"Dispute {dispute.get_status_display()}; the bank keeps {kept}"
        yield Step(dispute.closed_at, text, link)


def _return_steps(wish: Return) -> Iterator[Step]:
    link = screens.link_to(wish)
    yield Step(
        wish.requested_at, f"Return asked for: {wish.reason}", link, "the customer"
    )
    if wish.decided_at is not None:
        is_declined = wish.status == "declined"
        text = "Return declined" if is_declined else "Return approved"
        yield Step(wish.decided_at, text, link, _name(wish.decided_by))


def _name(user: Any) -> str:
    return "" if user is None else str(user.get_username())
