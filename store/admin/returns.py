"""Returns: pieces that customers want to send back, and what we answer."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from store.admin import screens
from store.models import Return, ReturnLine


class ReturnLineRows(screens.ReadOnlyRows):
    """The pieces of a return."""

    model = ReturnLine
    fields = ["line_link", "piece_link", "price", "is_live"]
    readonly_fields = ["line_link", "piece_link", "price"]
    show_change_link = False
    ordering = ["id"]
    line_link = screens.link_column("line", "Line")
    piece_link = screens.link_column("line.piece", "Piece")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the pieces and the order with the lines."""
        rows = super().get_queryset(request)
        return rows.select_related("line__piece", "line__order")

    @admin.display(description="Paid for it")
    def price(self, row: Any) -> str:
        """Return what was paid for the piece."""
        return screens.format_amount(row.line.total_amount, row.line.order.currency)


@admin.register(Return)
class ReturnScreen(screens.ReadOnlyScreen):
    """Wishes to send pieces back, those that wait for us first."""

    list_display = ["__str__", "order_link", "status", "reason", "requested_at"]
    list_select_related = ["order"]
    list_filter = ["status"]
    search_fields = [
        "order__number",
        "order__email",
        "lines__line__piece__serial_number",
    ]
    search_help_text = "Order number, email or serial number"
    date_hierarchy = "requested_at"
    show_full_result_count = False
    ordering = ["-requested_at", "-pk"]
    inlines = [ReturnLineRows]
    order_link = screens.link_column("order", "Order")
    refund_link = screens.link_column("refund", "Refund")
    readonly_fields = ["order_link", "refund_link"]
    fields = [
        "order_link",
        "status",
        "reason",
        "answer",
        "refund_link",
        "requested_at",
        ("decided_at", "decided_by"),
    ]


@admin.register(ReturnLine)
class ReturnLineScreen(screens.ReadOnlyScreen):
    """Pieces of all returns, to see whether one was asked back before."""

    list_display = ["__str__", "return_link", "piece_link", "is_live"]
    list_select_related = ["parent", "line__piece"]
    list_filter = ["is_live", "parent__status"]
    search_fields = ["line__piece__serial_number", "line__order__number"]
    search_help_text = "Serial number or order number"
    show_full_result_count = False
    ordering = ["-pk"]
    return_link = screens.link_column("parent", "Return")
    line_link = screens.link_column("line", "Line")
    piece_link = screens.link_column("line.piece", "Piece")
    readonly_fields = ["return_link", "line_link", "piece_link"]
    fields = ["return_link", "line_link", "piece_link", "is_live"]
