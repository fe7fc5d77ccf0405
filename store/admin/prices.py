"""Price lists: what items cost in other currencies than their own."""

from django.contrib import admin

from store.admin import screens
from store.models import ItemPrice


class PriceRows(screens.Rows):
    """The prices of an item in further currencies."""

    model = ItemPrice
    extra = 0
    fields = ["currency", "amount", "engraving_amount"]
    ordering = ["currency"]


@admin.register(ItemPrice)
class ItemPriceScreen(screens.Screen):
    """All prices in further currencies, a currency at a time."""

    list_display = ["item", "currency", "price", "engraving"]
    list_select_related = ["item"]
    list_filter = ["currency", "item__collection"]
    search_fields = ["item__name", "item__slug", "currency"]
    search_help_text = "Item or currency"
    ordering = ["item__position", "item", "currency"]
    autocomplete_fields = ["item"]
    price = screens.money_column("amount", "Price")
    engraving = screens.money_column("engraving_amount", "Engraving")
    fields = ["item", "currency", ("amount", "engraving_amount")]
