"""Ways of shipping: which countries, which rates, and what the chosen one costs.

A shop without zones ships to the countries of its settings, and shipping is included.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from donations.domain import money
from store.conf import conf
from store.domain import refusal
from store.domain.choices import Choices
from store.models import ShippingRate, ShippingZone

_REGION_LENGTH = 100


class ShippingRefusedError(refusal.RefusedError):
    """We cannot ship as it was chosen.

    `field` is `country` (`rule` is `required` or `not_shipped`), `region`
    (`too_long`), `shipping_rate_id` (`not_offered`) or `is_insured` (`not_offered`).
    """


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order goes, as far as it is known: two capitals, and a region's code."""

    country: str
    region: str


@dataclass(frozen=True, slots=True)
class Option:
    """One way of shipping at what it costs for this cart; tax is in it.

    `insurance` is what insurance adds: nothing when it is included, None when it is
    not offered.
    """

    rate_id: int
    name: str
    price: money.Money
    insurance: money.Money | None
    days_min: int
    days_max: int

    @property
    def is_insurance_included(self) -> bool:
        """Tell whether every parcel is insured without being asked."""
        return self.insurance is not None and self.insurance.amount == 0


@dataclass(frozen=True, slots=True)
class Shipment:
    """How an order is shipped: the chosen option, or none where it is included."""

    option: Option | None
    is_insured: bool
    price: money.Money


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a cart goes, the ways to ship it there, and the one that was chosen."""

    place: Place
    options: tuple[Option, ...]
    chosen: Shipment


def list_countries() -> list[str]:
    """Return the countries that we ship to: those of the zones, else the settings'."""
    return _countries(_list_zones())


def list_options(
    *, country: str, currency: str, items_total: money.Money
) -> list[Option]:
    """Return the ways of shipping to a country, for pieces of this total.

    None are offered where there are no zones: shipping is included then.
    """
    return _options(_list_zones(), Place(country, ""), currency, items_total)


def plan_delivery(
    *,
    choices: Choices,
    items_total: money.Money,
    is_place_required: bool,
    faults: list[refusal.RefusedError],
) -> Delivery:
    """Return how a cart is shipped as it was chosen; what is refused joins `faults`.

    A shop with one country need not ask for it. Of several ways the first is taken
    when none was chosen; without zones there is the one way, whatever was chosen.
    """
    currency, zones = items_total.currency, _list_zones()
    place = _read_place(choices, zones)
    options: list[Option] = []
    chosen = Shipment(None, is_insured=False, price=money.zero(currency))
    with refusal.collect(faults):
        _check_place(place, zones, is_required=is_place_required or bool(zones))
        if zones:
            options = _options(zones, place, currency, items_total)
            chosen = _choose(options, choices)
    return Delivery(place, tuple(options), chosen)


def _list_zones() -> list[ShippingZone]:
    return list(ShippingZone.objects.order_by("position", "id"))


def _countries(zones: Sequence[ShippingZone]) -> list[str]:
    named = [code for zone in zones for code in zone.country_codes]
    return list(dict.fromkeys(named)) if zones else conf.SHIPPING_COUNTRIES


def _read_place(choices: Choices, zones: Sequence[ShippingZone]) -> Place:
    country, countries = choices.country.strip().upper(), _countries(zones)
    only = countries[0] if len(countries) == 1 else ""
    return Place(country or only, choices.region.strip().upper())


def _check_place(
    place: Place, zones: Sequence[ShippingZone], *, is_required: bool
) -> None:
    if place.country and place.country not in _countries(zones):
        raise ShippingRefusedError("country", "not_shipped")
    if not place.country and is_required:
        raise ShippingRefusedError("country", "required")
    if len(place.region) > _REGION_LENGTH:
        raise ShippingRefusedError("region", "too_long", _REGION_LENGTH)


def _options(
    zones: Sequence[ShippingZone], place: Place, currency: str, items_total: money.Money
) -> list[Option]:
    zone = next((zone for zone in zones if place.country in zone.country_codes), None)
    if zone is None:
        return []
    rates = zone.rates.filter(is_active=True, currency=currency)
    return [_option(rate, items_total) for rate in rates.order_by("position", "id")]


def _option(rate: ShippingRate, items_total: money.Money) -> Option:
    free_over = rate.free_over_amount
    is_free = free_over is not None and items_total.amount >= free_over
    insured = rate.insurance_amount
    return Option(
        rate_id=rate.pk,
        name=rate.name,
        price=money.zero(rate.currency) if is_free else rate.price,
        insurance=None if insured is None else money.Money(insured, rate.currency),
        days_min=rate.days_min,
        days_max=rate.days_max,
    )


def _choose(options: Sequence[Option], choices: Choices) -> Shipment:
    wanted = choices.shipping_rate_id
    found = [option for option in options if wanted in {None, option.rate_id}]
    if not found:
        raise ShippingRefusedError("shipping_rate_id", "not_offered")
    return _ship(found[0], is_insured=choices.is_insured)


def _ship(option: Option, *, is_insured: bool) -> Shipment:
    if option.insurance is None and is_insured:
        raise ShippingRefusedError("is_insured", "not_offered")
    if option.insurance is None or not (is_insured or option.is_insurance_included):
        return Shipment(option, is_insured=False, price=option.price)
    return Shipment(option, is_insured=True, price=option.price + option.insurance)
