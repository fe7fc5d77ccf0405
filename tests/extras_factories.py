"""Vouchers, zones, rates and price lists for tests: plain functions with defaults."""

from store.models import (
    Item,
    ItemPrice,
    ShippingRate,
    ShippingZone,
    TaxRate,
    Voucher,
)
from tests.store_factories import AT


def make_voucher(code: str = "WINTER-10", **fields: object) -> Voucher:
    """Return a voucher of 10% without limits; an amount makes it one of an amount."""
    kind = "amount" if "discount_amount" in fields else "percent"
    values: dict[str, object] = {
        "kind": kind,
        "discount_bps": 1000 if kind == "percent" else 0,
        "currency": "USD" if kind == "amount" or "minimum_amount" in fields else "",
        "created_at": AT,
    }
    return Voucher.objects.create(code=code, **(values | fields))


def make_rate(*, countries: str = "US", **fields: object) -> ShippingRate:
    """Return a way of shipping at $40.00, in a zone of its own or the one there is."""
    zone, _ = ShippingZone.objects.get_or_create(
        countries=countries, defaults={"name": f"Zone {countries}"}
    )
    values: dict[str, object] = {
        "name": "Courier, signed for",
        "currency": "USD",
        "amount": 4000,
    }
    return ShippingRate.objects.create(zone=zone, **(values | fields))


def make_tax(country: str = "US", region: str = "", **fields: object) -> TaxRate:
    """Return a tax of 10% on pieces, and not on shipping."""
    values: dict[str, object] = {"name": "Sales tax", "rate_bps": 1000}
    return TaxRate.objects.create(country=country, region=region, **(values | fields))


def make_price(*, item: Item, currency: str = "EUR", **fields: object) -> ItemPrice:
    """Return what an item costs in euros: 2,299.00, and 150.00 for an engraving."""
    values: dict[str, object] = {"amount": 229_900, "engraving_amount": 15_000}
    return ItemPrice.objects.create(item=item, currency=currency, **(values | fields))
