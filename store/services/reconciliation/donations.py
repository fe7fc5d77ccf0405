"""Donations against the money that is kept: the ledger's target must be the rule's.

The rule is computed here anew, from orders and refunds as they stand, apart from the
code that re-targets. Nothing is asked of Stripe: refunds and disputes are compared with
it elsewhere, so that order, ledger and Stripe agree three ways.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import cast

from donations.domain import money
from donations.services import donations, pledges
from store.domain.order import ACCEPTED_REFUNDS
from store.models import Difference, Line, Order
from store.services.reconciliation import orders
from store.services.reconciliation.findings import Finding

_NOT_HELD = "A dispute is open, and the donation is not held"


def judge(*, chunk: Iterable[Order]) -> Iterator[Finding]:
    """Yield what is wrong with the donations of some orders, read with their money."""
    chunk = list(chunk)
    giving = {order.pk: _list_giving(order) for order in chunk}
    sources = [line.source for lines in giving.values() for line in lines]
    states = donations.list_by_source(sources=sources)
    terms = cache(_get_terms)
    for order in chunk:
        expected = _expect(order, giving[order.pk], terms)
        for line in giving[order.pk]:
            state = states.get(line.source)
            finding = _compare(order, line, state, expected.get(line.pk))
            if finding:
                yield finding


def _list_giving(order: Order) -> list[Line]:
    return [
        line
        for line in order.lines.all()
        if line.pledge_version_id is not None and line.donation_base_amount
    ]


def _get_terms(version_id: int) -> pledges.Terms:
    return pledges.get_terms_by_version(pledge_version_id=version_id)


@dataclass(frozen=True, slots=True)
class _Expected:
    """What a donation must be by now; `problem` says why nobody can tell."""

    amount: int
    is_held: bool
    problem: str = ""


def _expect(
    order: Order, lines: list[Line], get_terms: Callable[[int], pledges.Terms]
) -> dict[int, _Expected]:
    """Return what the donation of each line must be; none where nothing was sold."""
    books = orders.money_of(order=order)
    if not books.is_sold:
        return {}
    try:
        bases = _read_bases(lines, books)
    except donations.RefundsExceedPaymentError as error:
        unknown = _Expected(0, is_held=True, problem=str(error))
        return {line.pk: unknown for line in lines}
    return {
        line.pk: _Expected(_share(line, base, order, get_terms), books.is_held)
        for line, base in zip(lines, bases, strict=True)
    }


def _read_bases(lines: list[Line], books: orders.Money) -> list[int]:
    accepted = [one for one in books.refunds if one.status in ACCEPTED_REFUNDS]
    returned = {
        row.line_id: row.amount
        for refund in accepted
        for row in refund.lines.all()
        if row.is_live
    }
    came_back = sum(returned.values())
    gone = books.refunded_amount(ACCEPTED_REFUNDS) + books.lost_amount
    return donations.remaining_bases(
        bases=[line.donation_base_amount for line in lines],
        returned=[line.pk in returned for line in lines],
        paid_amount=sum(one.amount for one in books.payments),
        returned_amount=came_back,
        refunded_amount=gone - came_back,
    )


def _share(
    line: Line, base: int, order: Order, get_terms: Callable[[int], pledges.Terms]
) -> int:
    terms = get_terms(cast(int, line.pledge_version_id))
    price = money.Money(base, order.currency)
    return pledges.quote_share(terms=terms, price=price).amount


def _compare(
    order: Order,
    line: Line,
    state: donations.DonationState | None,
    expected: _Expected | None,
) -> Finding | None:
    details = _describe(state, expected)
    if not details:
        return None
    return Finding(
        kind=Difference.Kind.DONATION,
        reference=line.source,
        details=details,
        order_id=order.pk,
        ours_amount=state.amount.amount if state else None,
        theirs_amount=expected.amount if expected else None,
        currency=order.currency,
    )


def _describe(state: donations.DonationState | None, expected: _Expected | None) -> str:
    """Say what is wrong, in words; blank when nothing is."""
    if state is None or expected is None:
        is_right = state is None and expected is None
        missing = "The order is sold, and no donation is due"
        return "" if is_right else missing if state is None else "Nothing was sold"
    if expected.problem:
        return expected.problem
    if state.amount.amount != expected.amount:
        return f"{state.amount.amount} is due, the money kept says {expected.amount}"
    if state.is_held != expected.is_held:
        return "Held, and no dispute is open" if state.is_held else _NOT_HELD
    return ""
