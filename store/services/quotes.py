"""What a cart comes to with all that was chosen: the one sum that cart and order share.

A quote never fails: what is refused is kept beside the sums, so that a page can show
both. `checkout` places no order while a quote has faults.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from donations.domain import money
from donations.services import pledges
from store.conf import conf
from store.domain import pricing, refusal
from store.domain.choices import GIFT_NOTE_LENGTH, Choices
from store.gateways import limits
from store.models import CartLine
from store.services import giving, goods, shipping, taxes


class TotalRefusedError(refusal.RefusedError):
    """An order of this total cannot be paid.

    `rule` is `too_small` (`limit` is the least that can be paid in the currency) or
    `changed`: the customer was shown another total.
    """


class GiftRefusedError(refusal.RefusedError):
    """The gift's note is `too_long`; `limit` says how many characters fit."""


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """One line before it has an order: its price, and what it gives.

    The order freezes `donation_amount`, the whole share. `given_amount` is what of it
    the pledge's cap leaves by now: that is what may be told.
    """

    cart_line: CartLine
    price: pricing.LinePrice
    terms: pledges.Terms | None
    base_amount: int
    donation_amount: int
    given_amount: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A cart with every amount computed; `faults` say what cannot be sold so."""

    goods: goods.Goods
    lines: tuple[QuotedLine, ...]
    delivery: shipping.Delivery
    rate: pricing.TaxRate | None
    price: pricing.OrderPrice
    faults: tuple[refusal.RefusedError, ...]

    @property
    def currency(self) -> str:
        """Return the one currency of it all."""
        return self.goods.currency

    @property
    def donation(self) -> money.Money:
        """Return what all lines together add to what is given."""
        given = sum(line.given_amount for line in self.lines)
        return money.Money(given, self.currency)


def quote_cart(*, lines: Sequence[CartLine], choices: Choices, at: datetime) -> Quote:
    """Compute a cart of at least one line; the lines carry cart, piece and item."""
    faults: list[refusal.RefusedError] = []
    is_taxed = taxes.is_place_needed()
    priced = goods.price_goods(lines=lines, at=at, faults=faults)
    delivery = shipping.plan_delivery(
        choices=choices,
        items_total=priced.total,
        is_place_required=is_taxed,
        faults=faults,
    )
    rate = _find_rate(delivery.place, faults) if is_taxed else None
    price = pricing.price_order(
        priced.prices,
        delivery.chosen.price,
        rate,
        is_included=conf.PRICES_INCLUDE_TAX,
    )
    for check in (_check_gift, _check_least, _check_seen):
        with refusal.collect(faults):
            check(choices, price.total)
    given = _give(priced.lines, price.lines, at)
    return Quote(priced, given, delivery, rate, price, tuple(faults))


def _find_rate(
    place: shipping.Place, faults: list[refusal.RefusedError]
) -> pricing.TaxRate | None:
    try:
        return taxes.find_rate(place=place)
    except refusal.RefusedError as refused:
        faults.append(refused)
        return None


def _give(
    lines: Sequence[CartLine], priced: Sequence[pricing.LinePrice], at: datetime
) -> tuple[QuotedLine, ...]:
    pledge_ids = {line.piece.item.collection.pledge_id for line in lines}
    promises = pledges.list_terms(pledge_ids=pledge_ids, on=at.date())
    taken: Counter[int] = Counter()
    given: list[QuotedLine] = []
    for line, price in zip(lines, priced, strict=True):
        promise = promises.get(line.piece.item.collection.pledge_id)
        given.append(_give_line(line, price, promise, taken))
    return tuple(given)


def _give_line(
    line: CartLine,
    price: pricing.LinePrice,
    promise: pledges.Terms | None,
    taken: Counter[int],
) -> QuotedLine:
    """Quote one line; `taken` is what lines before it take of their pledges' caps."""
    terms = giving.fitting_terms(terms=promise, price=price.price)
    base_amount, share_amount = giving.quote_line(terms=terms, line=price)
    given_amount = share_amount
    if terms is not None:
        given_amount = pledges.cut_share(
            terms=terms,
            share_amount=share_amount,
            given_amount=taken[terms.pledge_id],
        )
        taken[terms.pledge_id] += given_amount
    return QuotedLine(line, price, terms, base_amount, share_amount, given_amount)


def _check_gift(choices: Choices, _: money.Money) -> None:
    if choices.is_gift and len(choices.gift_note.strip()) > GIFT_NOTE_LENGTH:
        raise GiftRefusedError("gift_note", "too_long", GIFT_NOTE_LENGTH)


def _check_least(_: Choices, total: money.Money) -> None:
    """Refuse what Stripe would; a total of 0 needs no payment (payments.md M4)."""
    least = limits.least_payable(total.currency)
    if 0 < total.amount < least:
        raise TotalRefusedError("total", "too_small", least)


def _check_seen(choices: Choices, total: money.Money) -> None:
    """Refuse another total than the customer was shown (payments.md S9)."""
    same = choices.seen_amount in {None, total.amount}
    if not same or choices.seen_currency not in {"", total.currency}:
        raise TotalRefusedError("total", "changed")
