"""What buying one piece gives: a pledge's promise at a price, or nothing at all."""

from donations.domain import money
from donations.services import pledges


def fitting_terms(
    *, terms: pledges.Terms | None, price: money.Money
) -> pledges.Terms | None:
    """Return the terms if they promise something at this price.

    A pledge promises in one currency: at a price in another it gives nothing, and no
    page may say that it does. Publishing such an item is refused.
    """
    return terms if terms and terms.currency == price.currency else None


def quote_donation(
    *, terms: pledges.Terms | None, price: money.Money
) -> money.Money | None:
    """Return what one piece gives at this price; None when it gives nothing."""
    fitting = fitting_terms(terms=terms, price=price)
    return pledges.quote_share(terms=fitting, price=price) if fitting else None
