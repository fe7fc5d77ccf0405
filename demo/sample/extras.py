"""Offers what a shopper may choose beside a piece: delivery, vouchers, engravings.

Zones, taxes, vouchers and price lists are each laid once: a kind of which something is
there already is the merchandiser's own by now, and is left alone.
"""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from demo.sample import designs
from store.models import (
    Collection,
    Item,
    ItemPrice,
    ShippingRate,
    ShippingZone,
    TaxRate,
    Voucher,
)

CURRENCIES = ("EUR", "GBP")


def add_extras(collection: Collection) -> int:
    """Lay what is not there yet, all of it or nothing; return how much that was."""
    data = designs.read_data("extras.toml")
    with transaction.atomic():
        return (
            _add_zones(data["zones"])
            + _add_taxes(data["taxes"])
            + _add_vouchers(data["vouchers"], collection)
            + _add_prices(data["offers"], collection)
        )


def tell_vouchers() -> list[tuple[str, str]]:
    """Return each sample voucher's code and what it is good for."""
    vouchers = designs.read_data("extras.toml")["vouchers"]
    return [(voucher["code"], voucher["tells"]) for voucher in vouchers]


def _add_zones(zones: list[dict[str, Any]]) -> int:
    if ShippingZone.objects.exists():
        return 0
    for position, told in enumerate(zones, start=1):
        zone = ShippingZone.objects.create(
            name=told["name"], countries=told["countries"], position=position
        )
        ShippingRate.objects.bulk_create(
            rate
            for place, rate_told in enumerate(told["rates"], start=1)
            for rate in _rates(zone, place, rate_told)
        )
    return len(zones)


def _rates(
    zone: ShippingZone, position: int, told: dict[str, Any]
) -> Iterator[ShippingRate]:
    """Yield one rate for each currency in which it is told."""
    days_min, days_max = told["days"]
    for currency, (amount, free_over) in told["price"].items():
        yield ShippingRate(
            zone=zone,
            name=told["name"],
            currency=currency,
            amount=amount,
            free_over_amount=None if free_over < 0 else free_over,
            insurance_amount=told.get("insurance", {}).get(currency),
            days_min=days_min,
            days_max=days_max,
            position=position,
        )


def _add_taxes(taxes: list[dict[str, Any]]) -> int:
    if TaxRate.objects.exists():
        return 0
    return len(TaxRate.objects.bulk_create(TaxRate(**tax) for tax in taxes))


def _add_vouchers(vouchers: list[dict[str, Any]], collection: Collection) -> int:
    if Voucher.objects.exists():
        return 0
    rows = [_voucher(dict(told), collection) for told in vouchers]
    return len(Voucher.objects.bulk_create(rows))


def _voucher(told: dict[str, Any], collection: Collection) -> Voucher:
    told.pop("tells")
    is_bound = told.pop("is_of_the_collection", False)
    return Voucher(collection=collection if is_bound else None, **told)


def _add_prices(offers: dict[str, Any], collection: Collection) -> int:
    items = {item.slug: item for item in collection.items.filter(slug__in=offers)}
    if ItemPrice.objects.filter(item__in=items.values()).exists():
        return 0
    for slug, item in items.items():
        _make_engravable(item, offers[slug])
    rows = [
        ItemPrice(
            item=item,
            currency=currency,
            amount=offers[slug][currency][0],
            engraving_amount=offers[slug][currency][1],
        )
        for slug, item in items.items()
        for currency in CURRENCIES
    ]
    return len(ItemPrice.objects.bulk_create(rows))


def _make_engravable(item: Item, offer: dict[str, Any]) -> None:
    if "engraving" in offer:
        item.engraving_length, item.engraving_amount = offer["engraving"]
        item.save(update_fields=["engraving_length", "engraving_amount"])
