"""Shipping and tax: zones with their rates, and the tax of each place."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from store.admin import money_fields, screens
from store.models import ShippingRate, ShippingZone, TaxRate

_MONEY = {
    "amount": "Tax included, as 15.00",
    "free_over_amount": "Free when the pieces come to at least this; blank for never.",
    "insurance_amount": "What insurance adds; 0 when included, blank for none.",
}


class RateRows(money_fields.MoneyRows):
    """The ways of shipping to a zone."""

    model = ShippingRate
    money_fields = _MONEY
    extra = 0
    ordering = ["position", "id"]
    fields = [
        "position",
        "name",
        "currency",
        "amount",
        "free_over_amount",
        "insurance_amount",
        "days_min",
        "days_max",
        "is_active",
    ]


@admin.register(ShippingZone)
class ShippingZoneScreen(screens.Screen):
    """Countries that cost the same to ship to, with their rates."""

    list_display = ["name", "countries", "position", "rate_count"]
    list_editable = ["position"]
    search_fields = ["name", "countries"]
    search_help_text = "Name or country, as DE"
    ordering = ["position", "id"]
    fields = ["name", "countries", "position"]
    inlines = [RateRows]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the rates of the whole page in one further query."""
        return super().get_queryset(request).prefetch_related("rates")

    @admin.display(description="Rates")
    def rate_count(self, zone: Any) -> str:
        """Link to the rates of the zone."""
        return screens.link_to_list(
            ShippingRate, str(len(zone.rates.all())), zone__id__exact=zone.pk
        )


@admin.register(ShippingRate)
class ShippingRateScreen(money_fields.MoneyScreen):
    """All ways of shipping, whatever their zone."""

    list_display = ["name", "zone", "price", "free_over", "insurance", "is_active"]
    list_select_related = ["zone"]
    money_fields = _MONEY
    list_filter = ["zone", "currency", "is_active"]
    search_fields = ["name", "zone__name", "zone__countries"]
    search_help_text = "Name, zone or country"
    ordering = ["zone__position", "zone", "position", "id"]
    price = screens.money_column("amount", "Price")
    free_over = screens.money_column("free_over_amount", "Free from")
    insurance = screens.money_column("insurance_amount", "Insurance")
    fields = [
        "zone",
        "name",
        "currency",
        ("amount", "free_over_amount", "insurance_amount"),
        ("days_min", "days_max"),
        ("position", "is_active"),
    ]


@admin.register(TaxRate)
class TaxRateScreen(money_fields.MoneyScreen):
    """The tax of each place; a region goes before its country."""

    list_display = ["country", "region", "name", "percent", "is_shipping_taxed"]
    percent_fields = {"rate_bps": "As 19 or 8.88"}
    list_display_links = ["country", "region", "name"]
    list_filter = ["country", "is_shipping_taxed"]
    search_fields = ["country", "region", "name"]
    search_help_text = "Country, region or name"
    ordering = ["country", "region"]
    fields = ["country", "region", "name", "rate_bps", "is_shipping_taxed"]

    @admin.display(description="Rate", ordering="rate_bps")
    def percent(self, rate: Any) -> str:
        """Return the rate as people speak of it."""
        return screens.percent(rate.rate_bps)
