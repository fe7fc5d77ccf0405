"""Money as the gateway told it, and the events that told it: to look, not to touch."""

import json
from typing import Any

from django.contrib import admin
from django.utils.html import format_html

from store.admin import disputes, refunds, screens
from store.models import Payment, PaymentAttempt, WebhookEvent


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


@admin.register(Payment)
class PaymentScreen(screens.ReadOnlyScreen):
    """Money that came in."""

    list_display = [
        "intent_id",
        "order_link",
        "total",
        "refunded",
        "fee",
        "net",
        "is_counted",
        "paid_at",
    ]
    list_select_related = ["order"]
    list_filter = ["is_counted", "currency"]
    search_fields = ["intent_id", "charge_id", "order__number", "order__email"]
    search_help_text = "Payment, charge, order number or email"
    date_hierarchy = "paid_at"
    show_full_result_count = False
    ordering = ["-pk"]
    inlines = [refunds.RefundRows, disputes.DisputeRows]
    order_link = screens.link_column("order", "Order")
    total = screens.money_column("amount", "Amount")
    refunded = screens.money_column("refunded_amount", "Refunded")
    fee = screens.money_column("fee_amount", "Fee")
    net = screens.money_column("net_amount", "Net")
    readonly_fields = [
        "order_link",
        "attempt_link",
        "total",
        "refunded",
        "fee",
        "net",
    ]
    attempt_link = screens.link_column("attempt", "Attempt")
    fields = [
        "order_link",
        "attempt_link",
        "intent_id",
        "charge_id",
        ("total", "refunded", "fee", "net"),
        "is_counted",
        ("paid_at", "checked_at"),
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
