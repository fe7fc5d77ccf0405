"""Tax of an order: by our table when it is placed, or by Stripe when it is paid."""

from collections.abc import Sequence

from donations.domain import money
from donations.services import pledges
from store.conf import conf
from store.domain import pricing, refusal
from store.gateways import base as gateways
from store.gateways import taxes as sources
from store.models import Line, Order
from store.services import giving, orders, shipping

# What Stripe computes has many names; customers read this one.
_NAME = "Tax"


class TaxRefusedError(refusal.RefusedError):
    """The region decides the tax, and is `required`."""


def is_place_needed() -> bool:
    """Tell whether an order cannot be taxed without knowing where it goes."""
    return not conf.AUTOMATIC_TAX and sources.get_taxes().is_used()


def has_regions(*, country: str) -> bool:
    """Tell whether a customer in this country must say in which region they are."""
    return is_place_needed() and sources.get_taxes().has_regions(country=country)


def find_rate(*, place: shipping.Place) -> pricing.TaxRate | None:
    """Return the tax of a place by our table; None where nothing is taxed.

    Raises:
        TaxRefusedError: the region decides it, and is missing.
    """
    if place.country and not place.region and has_regions(country=place.country):
        raise TaxRefusedError("region", "required")
    return _read_rate(place)


def record_tax(*, order: Order, session: gateways.Session) -> None:
    """Write the tax that Stripe computed into an order, before amounts are compared.

    Nothing is written when what Stripe took is not the order's amount with that tax:
    the comparison then finds the difference. Bases and donations are computed again,
    since a pledge may leave the tax out. The caller holds the transaction and the
    order's lock.
    """
    if not order.is_tax_awaited:
        _compare_places(order, session)
        return
    lines = list(order.lines.order_by("position"))
    nets = [line.total_amount for line in lines]
    tax = session.tax_amount - session.shipping_tax_amount
    added = 0 if order.is_tax_included else session.tax_amount
    if session.amount != order.total_amount + added or not 0 <= tax <= sum(nets):
        return
    parts = money.split(tax, nets) if tax else [0] * len(nets)
    for line, part in zip(lines, parts, strict=True):
        _record_line(order, line, part)
    _record_order(order, session, lines)


def _compare_places(order: Order, session: gateways.Session) -> None:
    """Have somebody look when an order was taxed for another place than it goes to."""
    chosen = shipping.Place(order.address_country, order.address_region)
    real = shipping.Place(session.address.country, session.address.region.upper())
    if not chosen.country or not real.country or chosen == real:
        return
    if is_place_needed() and _read_rate(chosen) != _read_rate(real):
        reason = f"Taxed for {chosen.country} {chosen.region}, goes elsewhere"
        orders.note_problem(order=order, reason=reason)


def _read_rate(place: shipping.Place) -> pricing.TaxRate | None:
    return sources.get_taxes().find_rate(country=place.country, region=place.region)


def _record_line(order: Order, line: Line, tax: int) -> None:
    line.tax_amount = tax
    line.added_tax_amount = 0 if order.is_tax_included else tax
    line.total_amount += line.added_tax_amount
    line.donation_base_amount, line.donation_amount = giving.quote_line(
        terms=_terms(line), line=_price(order, line)
    )
    line.save(
        update_fields=[
            "tax_amount",
            "added_tax_amount",
            "total_amount",
            "donation_base_amount",
            "donation_amount",
        ]
    )


def _terms(line: Line) -> pledges.Terms | None:
    if line.pledge_version_id is None:
        return None
    return pledges.get_terms_by_version(pledge_version_id=line.pledge_version_id)


def _price(order: Order, line: Line) -> pricing.LinePrice:
    amounts = (
        line.price_amount,
        line.engraving_amount,
        line.discount_amount,
        line.tax_amount,
        line.added_tax_amount,
    )
    return pricing.LinePrice(
        *(money.Money(amount, order.currency) for amount in amounts)
    )


def _record_order(
    order: Order, session: gateways.Session, lines: Sequence[Line]
) -> None:
    if not order.is_tax_included:
        order.total_amount += session.tax_amount
        order.shipping_amount += session.shipping_tax_amount
    order.tax_amount = session.tax_amount
    order.tax_name = _NAME if session.tax_amount else ""
    order.donation_amount = sum(line.donation_amount for line in lines)
    order.is_tax_awaited = False
    order.save(
        update_fields=[
            "total_amount",
            "shipping_amount",
            "tax_amount",
            "tax_name",
            "donation_amount",
            "is_tax_awaited",
        ]
    )
