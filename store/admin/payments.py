"""Money as the gateway told it, and the events that told it: to look, not to touch."""

import json
from typing import Any

from django.contrib import admin
from django.utils.html import format_html

from store.admin import screens
from store.models import Payment, PaymentAttempt, Refund, WebhookEvent


@admin.register(PaymentAttempt)
class PaymentAttemptScreen(screens.ReadOnlyScreen):
    """Tries at paying. The address of an open payment page is not shown."""

    list_display = ["idempotency_key", "order_link", "status", "total", "created_at"]
    list_select_related = ["order"]
    list_filter = ["status", "currency"]
    search_fields = ["idempotency_key", "session_id", "order__number"]
    search_help_text = "Idempotency key, Session or order number"
    date_hierarchy = "created_at"
    show_full_result_count = False
    ordering = ["-pk"]
    order_link = screens.link_column("order", "Order")
    total = screens.money_column("amount", "Amount")
    readonly_fields = ["order_link", "total"]
    fields = [
        "order_link",
        "number",
        "status",
        "total",
        "idempotency_key",
        "session_id",
        "locale",
        "created_at",
        "checked_at",
        "expires_at",
    ]


class RefundRows(screens.ReadOnlyRows):
    """Money back from a payment."""

    model = Refund
    fields = ["gateway_id", "total", "status", "reason", "created_at", "finished_at"]
    readonly_fields = ["total"]
    ordering = ["created_at", "id"]
    total = screens.money_column("amount", "Amount")


@admin.register(Payment)
class PaymentScreen(screens.ReadOnlyScreen):
    """Money that came in."""

    list_display = ["intent_id", "order_link", "total", "fee", "net", "paid_at"]
    list_select_related = ["order"]
    list_filter = ["currency"]
    search_fields = ["intent_id", "charge_id", "order__number", "order__email"]
    search_help_text = "Payment, charge, order number or email"
    date_hierarchy = "paid_at"
    show_full_result_count = False
    ordering = ["-pk"]
    inlines = [RefundRows]
    order_link = screens.link_column("order", "Order")
    total = screens.money_column("amount", "Amount")
    fee = screens.money_column("fee_amount", "Fee")
    net = screens.money_column("net_amount", "Net")
    readonly_fields = ["order_link", "attempt_link", "total", "fee", "net"]
    attempt_link = screens.link_column("attempt", "Attempt")
    fields = [
        "order_link",
        "attempt_link",
        "intent_id",
        "charge_id",
        ("total", "fee", "net"),
        "paid_at",
    ]


@admin.register(Refund)
class RefundScreen(screens.ReadOnlyScreen):
    """Money on its way back to customers."""

    list_display = [
        "__str__",
        "payment_link",
        "total",
        "status",
        "reason",
        "created_at",
    ]
    list_select_related = ["payment"]
    list_filter = ["status", "currency"]
    search_fields = ["gateway_id", "payment__intent_id", "payment__order__number"]
    search_help_text = "Refund, payment or order number"
    date_hierarchy = "created_at"
    show_full_result_count = False
    ordering = ["-pk"]
    payment_link = screens.link_column("payment", "Payment")
    total = screens.money_column("amount", "Amount")
    readonly_fields = ["payment_link", "total"]
    fields = [
        "payment_link",
        "gateway_id",
        "total",
        "status",
        "reason",
        "uuid",
        "created_at",
        "finished_at",
    ]


@admin.register(WebhookEvent)
class WebhookEventScreen(screens.ReadOnlyScreen):
    """Deliveries from Stripe, with what became of each."""

    list_display = ["event_id", "type", "object_id", "status", "tries", "received_at"]
    list_filter = ["status", "type", "livemode"]
    search_fields = ["event_id", "object_id"]
    search_help_text = "Event or the object it is about"
    date_hierarchy = "received_at"
    show_full_result_count = False
    ordering = ["-pk"]
    readonly_fields = ["body"]
    fieldsets = [
        (None, {"fields": ["event_id", "type", "object_id", "status"]}),
        ("Delivery", {"fields": [("livemode", "api_version"), "received_at"]}),
        ("Work", {"fields": ["tries", "error", "next_try_at", "processed_at"]}),
        ("Body as it came", {"classes": ["collapse"], "fields": ["body"]}),
    ]

    @admin.display(description="Body")
    def body(self, event: Any) -> str:
        """Show the stored body, indented when it is JSON."""
        try:
            text = json.dumps(json.loads(event.payload), indent=2)
        except ValueError:
            text = event.payload
        return format_html("<pre>{}</pre>", text)
