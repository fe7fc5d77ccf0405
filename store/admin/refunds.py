"""Refunds: money on its way back to customers, and the pieces it is for."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from store.admin import screens
from store.models import Refund, RefundLine


class RefundRows(screens.ReadOnlyRows):
    """Money back from a payment."""

    model = Refund
    fields = ["gateway_id", "total", "status", "reason", "created_at", "finished_at"]
    readonly_fields = ["total"]
    ordering = ["created_at", "id"]
    total = screens.money_column("amount", "Amount")


class RefundLineRows(screens.ReadOnlyRows):
    """The pieces that a refund is for."""

    model = RefundLine
    fields = ["line_link", "piece_link", "price", "is_restocked", "is_live"]
    readonly_fields = ["line_link", "piece_link", "price"]
    show_change_link = False
    ordering = ["id"]
    line_link = screens.link_column("line", "Line")
    piece_link = screens.link_column("line.piece", "Piece")
    price = screens.money_column("amount", "Amount", currency="refund.currency")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the pieces with the lines."""
        return super().get_queryset(request).select_related("line__piece", "refund")


@admin.register(Refund)
class RefundScreen(screens.ReadOnlyScreen):
    """Money on its way back to customers."""

    list_display = [
        "__str__",
        "order_link",
        "payment_link",
        "total",
        "status",
        "origin",
        "reason",
        "created_at",
    ]
    list_select_related = ["payment__order"]
    list_filter = ["status", "origin", "currency"]
    search_fields = ["gateway_id", "payment__intent_id", "payment__order__number"]
    search_help_text = "Refund, payment or order number"
    date_hierarchy = "created_at"
    show_full_result_count = False
    ordering = ["-pk"]
    inlines = [RefundLineRows]
    order_link = screens.link_column("payment.order", "Order")
    payment_link = screens.link_column("payment", "Payment")
    total = screens.money_column("amount", "Amount")
    readonly_fields = ["order_link", "payment_link", "total"]
    fields = [
        "order_link",
        "payment_link",
        "gateway_id",
        "total",
        ("status", "pending_reason", "failure_reason"),
        ("origin", "requested_by"),
        "reason",
        "uuid",
        ("created_at", "finished_at"),
    ]


@admin.register(RefundLine)
class RefundLineScreen(screens.ReadOnlyScreen):
    """Pieces that money went back for."""

    list_display = ["__str__", "refund_link", "piece_link", "price", "is_restocked"]
    list_select_related = ["refund", "line__piece"]
    list_filter = ["is_restocked", "is_live"]
    search_fields = ["line__piece__serial_number", "line__order__number"]
    search_help_text = "Serial number or order number"
    show_full_result_count = False
    ordering = ["-pk"]
    refund_link = screens.link_column("refund", "Refund")
    line_link = screens.link_column("line", "Line")
    piece_link = screens.link_column("line.piece", "Piece")
    price = screens.money_column("amount", "Amount", currency="refund.currency")
    readonly_fields = ["refund_link", "line_link", "piece_link", "price"]
    fields = [
        "refund_link",
        "line_link",
        "piece_link",
        "price",
        ("is_restocked", "is_live"),
    ]
