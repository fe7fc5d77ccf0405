"""How much of a price a pledge gives: the base of one piece and the share of it.

Every rounding of a share happens in `share_amount`, upward, per piece, so that the
beneficiaries get at least the advertised part of every piece and of every total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from donations.domain import money

WHOLE_BPS = 10_000


class ShareKind(StrEnum):
    """How a pledge says what it gives of a piece."""

    PERCENT = "percent"
    FIXED = "fixed"


class TaxMode(StrEnum):
    """Whether the tax contained in a price counts toward the base."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"


class InvalidShareError(ValueError):
    """A share that no pledge can promise.

    A percent share needs 1 to 10000 basis points and no fixed amount; a fixed share
    needs a positive amount and no basis points.
    """


class InvalidPriceError(ValueError):
    """Price, discount and tax of a piece contradict each other.

    Usually the discount is larger than the price, or a tax was recorded for
    something else: pass the amounts of this very piece.
    """


class RefundsExceedPaymentError(ValueError):
    """More went back than was paid, so no base that is left can be right.

    Record it and look at the payment: refunds made elsewhere, or amounts of two
    payments, were mixed up. Nothing is clamped.
    """


@dataclass(frozen=True, slots=True)
class Share:
    """The rule of a pledge: basis points of the base, or an amount for each piece.

    Raises:
        InvalidShareError: the kind and the numbers do not go together.
    """

    kind: ShareKind
    bps: int = 0
    fixed_amount: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that do not belong to the kind."""
        money.check_amount(self.bps)
        money.check_amount(self.fixed_amount)
        is_percent = self.kind == ShareKind.PERCENT
        used, unused = (
            (self.bps, self.fixed_amount)
            if is_percent
            else (self.fixed_amount, self.bps)
        )
        if used < 1 or unused or self.bps > WHOLE_BPS:
            raise InvalidShareError(
                f"a {self.kind} share cannot have {self.bps} basis points and "
                f"a fixed amount of {self.fixed_amount}"
            )


def base_amount(*, gross: int, discount: int, tax: int, tax_mode: TaxMode) -> int:
    """Return the base of one piece: what was paid for it, as the pledge counts it.

    `gross` is the price of the piece, `discount` its part of every discount, `tax`
    the recorded tax contained in what is left. Tax added on top of the price is not
    part of it and is passed as 0.

    Raises:
        InvalidPriceError: an amount is negative or more than it is taken from.
    """
    for amount in (gross, discount, tax):
        money.check_amount(amount)
    paid = gross - discount
    if min(discount, tax, paid, paid - tax) < 0:
        raise InvalidPriceError(
            f"price {gross}, discount {discount} and tax {tax} contradict each other"
        )
    return paid - tax if tax_mode == TaxMode.EXCLUSIVE else paid


def share_amount(base: int, share: Share) -> int:
    """Return what the pledge gives of one piece; a base of 0 gives nothing.

    Raises:
        InvalidPriceError: the base is negative.
    """
    money.check_amount(base)
    if base < 0:
        raise InvalidPriceError(f"a base cannot be {base}")
    if base == 0:
        return 0
    if share.kind == ShareKind.FIXED:
        return share.fixed_amount
    return -(-base * share.bps // WHOLE_BPS)


def remaining_bases(
    *,
    bases: Sequence[int],
    returned: Sequence[bool],
    paid_amount: int,
    returned_amount: int,
    refunded_amount: int,
) -> list[int]:
    """Return what is left of each line's base after everything that went back.

    `bases` are those of the sale and `returned` says which pieces came back, line by
    line. `returned_amount` is what went back for those pieces; `refunded_amount` is
    everything else that went back of `paid_amount`: amounts and lost disputes. The
    result depends on these sums only, never on the order of events, and is all zeros
    once everything went back.

    Raises:
        RefundsExceedPaymentError: more went back than was paid.
        InvalidPriceError: a base or an amount is negative.
    """
    amounts = (*bases, paid_amount, returned_amount, refunded_amount)
    for amount in amounts:
        money.check_amount(amount)
    if min(amounts) < 0:
        raise InvalidPriceError(f"an amount of {min(amounts)} cannot be paid or left")
    rest = paid_amount - returned_amount
    if refunded_amount > rest:
        raise RefundsExceedPaymentError(
            f"{refunded_amount} and {returned_amount} for returned pieces went back "
            f"of {paid_amount} paid"
        )
    return [
        0 if is_returned or rest == 0 else base - refunded_amount * base // rest
        for base, is_returned in zip(bases, returned, strict=True)
    ]


def discount_per_line(*, discount: int, grosses: Sequence[int]) -> list[int]:
    """Divide an order's discount over its lines, by largest remainder on gross.

    Raises:
        InvalidPriceError: the discount is negative or more than all lines together.
    """
    if not 0 <= discount <= sum(grosses):
        raise InvalidPriceError(f"a discount of {discount} does not fit {grosses}")
    return money.split(discount, grosses) if discount else [0] * len(grosses)


def gives_in(share: Share, *, own: str, currency: str, is_limited: bool) -> bool:
    """Tell whether a share says anything of a price in `currency`.

    A percentage does in any; an amount in the currency that the pledge names, `own`.
    So does whatever has a cap or a minimum, since these count one currency.
    """
    is_free = share.kind == ShareKind.PERCENT and not is_limited
    return is_free or currency == own


def describe_share(share: Share, currency: str) -> str:
    """Return a share as people read it: `10%`, or `$25.00` for a fixed one."""
    if share.kind == ShareKind.PERCENT:
        return percent_text(share.bps)
    return money.format_money(money.Money(share.fixed_amount, currency))


def percent_text(bps: int) -> str:
    """Return basis points as people read them: 1000 is `10%`, 1250 is `12.5%`."""
    whole, rest = divmod(bps, 100)
    decimals = f"{rest:02d}".rstrip("0")
    return f"{whole}.{decimals}%" if decimals else f"{whole}%"
