"""What an order's money must lead to, worked out anew from the rules as written.

Nothing here calls the shop's or the giving's own arithmetic (docs/accounting.md has the
rules).
"""

from fractions import Fraction

from django.db.models import Sum

from store.models import RefundLine

ACCEPTED = ("pending", "requires_action", "succeeded")
CLOSED = ("warning_closed", "won", "lost", "prevented")
WHOLE = 10_000


def expected_targets(payment):
    """Return the donation that each line of a counted payment still causes, by source.

    None stands for books that contradict each other, which a person must see to.
    """
    lines = list(payment.order.lines.select_related("pledge_version"))
    came_back = _returned(payment)
    left = payment.amount - sum(came_back.values())
    gone = _gone(payment) - sum(came_back.values())
    if gone > left:
        return None
    return {
        f"line:{line.uuid}": _share(line, _left(line, came_back, gone, left))
        for line in lines
        if line.pledge_version_id
    }


def is_held(payment):
    """Tell whether a bank still decides over the payment's money."""
    return any(
        dispute.withdrawn_amount or not dispute.status.startswith("warning_")
        for dispute in payment.disputes.exclude(status__in=CLOSED)
    )


def _returned(payment):
    """Return what was paid for the pieces that came back, by line."""
    rows = RefundLine.objects.filter(
        refund__payment=payment, refund__status__in=ACCEPTED
    )
    return dict(rows.values_list("line_id", "amount"))


def _gone(payment):
    """Return everything that is not ours any more: refunded, or lost to a bank."""
    lost = payment.disputes.filter(status__in=CLOSED)
    return total(payment.refunds.filter(status__in=ACCEPTED)) + (
        lost.aggregate(total=Sum("withdrawn_amount"))["total"] or 0
    )


def _left(line, came_back, gone, left):
    """Return what is left of a line's base; a piece that came back leaves nothing."""
    if line.pk in came_back:
        return 0
    base = (
        line.price_amount
        + line.engraving_amount
        - line.discount_amount
        + line.added_tax_amount
        - line.tax_amount
    )
    return base - (Fraction(gone * base, left).__floor__() if left else base)


def _share(line, base):
    """Return the pledge's percent of a base, every started minor unit given."""
    return Fraction(base * line.pledge_version.share_bps, WHOLE).__ceil__()


def expected_status(payment):
    """Return the status of a sold order, by what became of its counted payment.

    None where a bank and we gave money back, and either may have had the last word.
    """
    lost = payment.disputes.filter(status__in=CLOSED, withdrawn_amount__gt=0)
    back = total(payment.refunds.filter(status="succeeded"))
    if is_held(payment):
        return "disputed"
    if lost.exists():
        whole = (lost.aggregate(total=Sum("withdrawn_amount"))["total"]) or 0
        return None if back else ("lost" if whole == payment.amount else "paid")
    if payment.refunded_amount == payment.amount:
        return "refunded" if back == payment.amount else "refunding"
    return "paid"


def total(rows):
    """Return the sum of the rows' amounts."""
    return rows.aggregate(total=Sum("amount"))["total"] or 0
