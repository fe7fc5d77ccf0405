"""What an order's money must lead to, worked out anew from the rules as written.

Nothing here calls the shop's or the giving's own arithmetic; the rules stand in
docs/accounting-for-developers.md.
"""

from fractions import Fraction

from store.models import Payment

ACCEPTED = ("pending", "requires_action", "succeeded")
CLOSED = ("warning_closed", "won", "lost", "prevented")
WHOLE = 10_000


def read_payments(**wanted):
    """Return payments with all that the rules look at, in as few statements."""
    found = Payment.objects.filter(**wanted).select_related("order")
    return found.prefetch_related(
        "disputes", "refunds__lines", "order__lines__pledge_version"
    )


def expected_targets(payment):
    """Return the donation that each line of a counted payment still causes, by source.

    None stands for books that contradict each other, which a person must see to.
    """
    lines = list(payment.order.lines.all())
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
        for dispute in payment.disputes.all()
        if dispute.status not in CLOSED
    )


def _returned(payment):
    """Return what was paid for the pieces that came back, by line."""
    return {
        row.line_id: row.amount
        for refund in _refunds(payment, ACCEPTED)
        for row in refund.lines.all()
    }


def _gone(payment):
    """Return everything that is not ours any more: refunded, or lost to a bank."""
    return total(_refunds(payment, ACCEPTED)) + _lost(payment)


def _refunds(payment, statuses):
    return [one for one in payment.refunds.all() if one.status in statuses]


def _lost(payment):
    """Return what banks kept of a payment."""
    closed = [one for one in payment.disputes.all() if one.status in CLOSED]
    return sum(one.withdrawn_amount for one in closed)


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
    lost, back = _lost(payment), total(_refunds(payment, ("succeeded",)))
    if is_held(payment):
        return "disputed"
    if lost:
        return None if back else ("lost" if lost == payment.amount else "paid")
    if payment.refunded_amount == payment.amount:
        return "refunded" if back == payment.amount else "refunding"
    return "paid"


def total(rows):
    """Return the sum of the rows' amounts."""
    return sum(row.amount for row in rows)
