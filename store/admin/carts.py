"""Carts: what shoppers gather, and who else looks at a piece."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from store.admin import screens
from store.models import Cart, CartLine


class CartLineRows(screens.ReadOnlyRows):
    """What lies in a cart."""

    model = CartLine
    fields = ["piece_link", "added_at"]
    readonly_fields = ["piece_link"]
    show_change_link = False
    ordering = ["added_at", "id"]
    piece_link = screens.link_column("piece", "Piece")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the pieces with the lines."""
        return super().get_queryset(request).select_related("piece")


@admin.register(Cart)
class CartScreen(screens.ReadOnlyScreen):
    """What shoppers gather. The token is theirs alone and is not shown."""

    list_display = ["__str__", "created_at", "changed_at"]
    date_hierarchy = "changed_at"
    show_full_result_count = False
    search_fields = ["lines__piece__serial_number", "orders__number"]
    search_help_text = "Serial number or order number"
    ordering = ["-pk"]
    inlines = [CartLineRows]
    fields = ["created_at", "changed_at"]


@admin.register(CartLine)
class CartLineScreen(screens.ReadOnlyScreen):
    """Pieces in carts, to see who else looks at one."""

    list_display = ["__str__", "cart_link", "piece_link", "added_at"]
    list_select_related = ["cart", "piece"]
    search_fields = ["piece__serial_number"]
    search_help_text = "Serial number"
    date_hierarchy = "added_at"
    show_full_result_count = False
    ordering = ["-pk"]
    cart_link = screens.link_column("cart", "Cart")
    piece_link = screens.link_column("piece", "Piece")
    readonly_fields = ["cart_link", "piece_link"]
    fields = ["cart_link", "piece_link", "added_at"]
