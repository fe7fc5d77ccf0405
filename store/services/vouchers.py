"""Vouchers: find one by its code, lower prices by it, and count its uses.

Note: why a voucher is used no more often than it may be. The count rises by a
conditional update whose row count is checked, inside the transaction that makes the
order; and a constraint refuses a count above the limit whatever the code does. An
order that lets its pieces go lets its use go too. Money that comes after that takes a
use again if one is free; if none is, the sale stands at the price that was promised,
and the use stays let go: one voucher is then used once more than counted.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q

from donations.domain import money
from store.domain import pricing, refusal
from store.domain.order import OrderStatus
from store.models import CartLine, Order, Voucher, VoucherUse


class VoucherRefusedError(refusal.RefusedError):
    """A voucher does not apply; remove its code or change the cart.

    `rule` is one of `unknown`, `not_started`, `over`, `used_up`, `other_currency`,
    `minimum_not_reached` (`limit` is the least that the pieces must come to) and
    `nothing_eligible`.
    """


def find_voucher(*, code: str, cart_id: int, at: datetime) -> Voucher:
    """Return the voucher with this code if it can be used now.

    A use that the cart's own pending order has claimed does not count against it.

    Raises:
        VoucherRefusedError: it is unknown, not started, over or used up.
    """
    voucher = (
        Voucher.objects.filter(code=code.strip().upper(), is_active=True)
        .select_related("collection")
        .first()
    )
    if voucher is None:
        raise _refused("unknown")
    if voucher.starts_at and at < voucher.starts_at:
        raise _refused("not_started")
    if voucher.ends_at and at >= voucher.ends_at:
        raise _refused("over")
    if _is_used_up(voucher) and not _is_used_by(voucher, cart_id):
        raise _refused("used_up")
    return voucher


def discount_lines(
    *, voucher: Voucher, lines: Sequence[CartLine], listed: Sequence[pricing.LinePrice]
) -> list[pricing.LinePrice]:
    """Return the prices of these lines, lowered by the voucher.

    Raises:
        VoucherRefusedError: another currency, too little, or nothing eligible.
    """
    if not listed:
        raise _refused("nothing_eligible")
    currency = listed[0].gross.currency
    if voucher.currency not in {"", currency}:
        raise _refused("other_currency")
    if pricing.add_gross(listed, currency).amount < voucher.minimum_amount:
        raise _refused("minimum_not_reached", voucher.minimum_amount)
    eligible = [_is_eligible(voucher, line) for line in lines]
    chosen = [price for price, fits in zip(listed, eligible, strict=True) if fits]
    if not chosen:
        raise _refused("nothing_eligible")
    discount = _discount(voucher, pricing.add_gross(chosen, currency))
    return pricing.discount_lines(listed, eligible, discount)


def use_voucher(*, voucher: Voucher, order: Order, at: datetime) -> None:
    """Count one use, for good or until the order lets it go.

    The caller holds the transaction that makes the order.

    Raises:
        VoucherRefusedError: somebody else took the last use.
    """
    if not _claim(voucher.pk):
        raise _refused("used_up")
    VoucherUse.objects.create(voucher=voucher, order=order, used_at=at)


def release_voucher(*, order: Order) -> bool:
    """Give back the use of an order that let its pieces go; tell whether it had one."""
    uses = VoucherUse.objects.filter(order=order, is_live=True)
    voucher_id = uses.values_list("voucher_id", flat=True).first()
    if voucher_id is None or not uses.update(is_live=False):
        return False
    counted = Voucher.objects.filter(pk=voucher_id, uses_count__gt=0)
    counted.update(uses_count=F("uses_count") - 1)
    return True


def reclaim_voucher(*, order: Order) -> bool:
    """Count the use of an order again that is paid after all; False when none is free.

    The order keeps its price either way.
    """
    uses = VoucherUse.objects.filter(order=order, is_live=False)
    voucher_id = uses.values_list("voucher_id", flat=True).first()
    if voucher_id is None or not _claim(voucher_id):
        return False
    uses.update(is_live=True)
    return True


def _refused(rule: str, limit: int | None = None) -> VoucherRefusedError:
    return VoucherRefusedError("voucher_code", rule, limit)


def _is_used_up(voucher: Voucher) -> bool:
    limit = voucher.usage_limit
    return limit is not None and voucher.uses_count >= limit


def _is_used_by(voucher: Voucher, cart_id: int) -> bool:
    return voucher.uses.filter(
        is_live=True, order__cart=cart_id, order__status=OrderStatus.PENDING
    ).exists()


def _is_eligible(voucher: Voucher, line: CartLine) -> bool:
    chosen = voucher.collection_id
    return chosen is None or chosen == line.piece.item.collection_id


def _discount(voucher: Voucher, eligible: money.Money) -> money.Money:
    if voucher.kind == Voucher.Kind.PERCENT:
        return pricing.percent_of(eligible, voucher.discount_bps)
    return money.Money(voucher.discount_amount, eligible.currency)


def _claim(voucher_id: int) -> bool:
    """Raise the count by one if the limit allows it."""
    free = Q(usage_limit=None) | Q(uses_count__lt=F("usage_limit"))
    counted = Voucher.objects.filter(free, pk=voucher_id)
    return bool(counted.update(uses_count=F("uses_count") + 1))
