"""Disputes: what a bank takes back, until when we may answer, and where to do so."""

from django.contrib import admin

from store.admin import screens
from store.models import Dispute


class DisputeRows(screens.ReadOnlyRows):
    """Disputes of a payment."""

    model = Dispute
    fields = ["gateway_id", "total", "withdrawn", "status", "evidence_due_at"]
    readonly_fields = ["total", "withdrawn"]
    ordering = ["opened_at", "id"]
    total = screens.money_column("amount", "Amount")
    withdrawn = screens.money_column("withdrawn_amount", "Taken by the bank")


@admin.register(Dispute)
class DisputeScreen(screens.ReadOnlyScreen):
    """Disputes as Stripe reports them; they are answered at Stripe, not here."""

    list_display = [
        "gateway_id",
        "order_link",
        "total",
        "withdrawn",
        "status",
        "evidence_due_at",
        "opened_at",
    ]
    list_select_related = ["payment__order"]
    list_filter = ["status", "reason", "currency"]
    search_fields = ["gateway_id", "payment__intent_id", "payment__order__number"]
    search_help_text = "Dispute, payment or order number"
    date_hierarchy = "opened_at"
    show_full_result_count = False
    ordering = ["-opened_at", "-pk"]
    order_link = screens.link_column("payment.order", "Order")
    payment_link = screens.link_column("payment", "Payment")
    total = screens.money_column("amount", "Amount")
    withdrawn = screens.money_column("withdrawn_amount", "Taken by the bank")
    readonly_fields = ["order_link", "payment_link", "total", "withdrawn"]
    fields = [
        "order_link",
        "payment_link",
        "gateway_id",
        ("total", "withdrawn"),
        ("status", "reason"),
        "evidence_due_at",
        ("opened_at", "closed_at", "checked_at"),
    ]
