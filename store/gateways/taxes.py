"""The port to whoever knows the tax of a place, and the table that is our default."""

from typing import Protocol

from django.utils.module_loading import import_string

from store.conf import conf
from store.domain import pricing
from store.models import TaxRate


class Taxes(Protocol):
    """What a source of tax rates must answer; another one is named by `TAXES`."""

    def is_used(self) -> bool:
        """Tell whether any place is taxed; then a customer must say where they are."""

    def has_regions(self, *, country: str) -> bool:
        """Tell whether the regions of a country differ; then one must be chosen."""

    def find_rate(self, *, country: str, region: str) -> pricing.TaxRate | None:
        """Return the tax of a place; None where nothing is taxed."""


class TaxTable:
    """The rates that staff keep in the admin; a region goes before its country."""

    def is_used(self) -> bool:
        """Tell whether the table has any row."""
        return TaxRate.objects.exists()

    def has_regions(self, *, country: str) -> bool:
        """Tell whether a region of the country has a row of its own."""
        return TaxRate.objects.filter(country=country).exclude(region="").exists()

    def find_rate(self, *, country: str, region: str) -> pricing.TaxRate | None:
        """Return the region's rate, else the country's, else nothing."""
        places = TaxRate.objects.filter(country=country, region__in=["", region])
        row = places.order_by("-region").first()
        if row is None:
            return None
        return pricing.TaxRate(row.name, row.rate_bps, row.is_shipping_taxed)


def get_taxes() -> Taxes:
    """Return the source of tax rates that the settings name."""
    taxes: Taxes = import_string(conf.TAXES)()
    return taxes
