"""Price lists: what items cost in other currencies than their own."""

from django.contrib import admin

from store.admin import money_fields, price_changes, screens
from store.models import ItemPrice

_MONEY = {
    "amount": "As people write it in this currency: 2,499.00, or 380,000 yen.",
    "engraving_amount": "What an engraving adds.",
}


class PriceRows(money_fields.MoneyRows):
    """The prices of an item in further currencies."""

    model = ItemPrice
    money_fields = _MONEY
    extra = 0
    fields = ["currency", "amount", "engraving_amount"]
    ordering = ["currency"]


@admin.register(ItemPrice)
class ItemPriceScreen(price_changes.PricedScreen):
    """All prices in further currencies, a currency at a time."""

    list_display = ["item", "currency", "price", "engraving"]
    list_select_related = ["item"]
    money_fields = _MONEY
    list_filter = ["currency", "item__collection"]
    search_fields = ["item__name", "item__slug", "currency"]
    search_help_text = "Item or currency"
    ordering = ["item__position", "item", "currency"]
    autocomplete_fields = ["item"]
    price = screens.money_column("amount", "Price")
    engraving = screens.money_column("engraving_amount", "Engraving")
    fields = ["item", "currency", ("amount", "engraving_amount")]
