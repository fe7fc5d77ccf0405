"""Differences between our books and Stripe's: each has an age, an owner and an end."""

from django.contrib import admin

from store.admin import screens
from store.models import Difference


@admin.register(Difference)
class DifferenceScreen(screens.ReadOnlyScreen):
    """What disagrees, who looks after it, and how it ended."""

    list_display = [
        "kind",
        "reference",
        "order_link",
        "ours",
        "theirs",
        "owner",
        "found_at",
        "resolved_at",
    ]
    list_display_links = ["kind", "reference"]
    list_select_related = ["order", "owner"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "kind", "owner"]
    search_fields = ["reference", "details", "order__number"]
    search_help_text = "Reference at Stripe, words or order number"
    date_hierarchy = "found_at"
    show_full_result_count = False
    ordering = ["-found_at", "-pk"]
    order_link = screens.link_column("order", "Order")
    ours = screens.money_column("ours_amount", "Here")
    theirs = screens.money_column("theirs_amount", "At Stripe")
    readonly_fields = ["order_link", "ours", "theirs"]
    fields = [
        "kind",
        "reference",
        "order_link",
        "details",
        ("ours", "theirs"),
        "owner",
        ("found_at", "seen_at"),
        ("resolved_at", "resolved_by"),
        "resolution",
    ]
