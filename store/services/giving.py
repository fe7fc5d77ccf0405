"""What buying one piece gives: a pledge's promise at a price, or nothing at all."""

from donations.domain import money
from donations.services import pledges
from store.domain import pricing


def fitting_terms(
    *, terms: pledges.Terms | None, price: money.Money
) -> pledges.Terms | None:
    """Return the terms if they promise something at this price.

    A percentage is given of any currency, a fixed amount of its own only: in another
    it gives nothing, and no page may say that it does.
    """
    if terms and pledges.gives_in(terms=terms, currency=price.currency):
        return terms
    return None


def quote_donation(
    *, terms: pledges.Terms | None, price: money.Money
) -> money.Money | None:
    """Return what one piece adds at this price; None when it adds nothing.

    That is what the pledge's cap leaves of its share by now.
    """
    fitting = fitting_terms(terms=terms, price=price)
    if fitting is None:
        return None
    share = pledges.quote_share(terms=fitting, price=price)
    given = pledges.cut_share(terms=fitting, share_amount=share.amount)
    return money.Money(given, price.currency) if given else None


def quote_line(
    *, terms: pledges.Terms | None, line: pricing.LinePrice
) -> tuple[int, int]:
    """Return base and donation of a line in minor units; zeros when it gives nothing.

    Tax that was added belongs to what is paid for the piece, so that a pledge which
    leaves tax in counts it; one which does not takes it off again.
    """
    fitting = fitting_terms(terms=terms, price=line.price)
    if fitting is None:
        return 0, 0
    return pledges.quote_line(
        terms=fitting,
        gross=line.gross + line.added_tax,
        discount=line.discount,
        tax=line.tax,
    )
