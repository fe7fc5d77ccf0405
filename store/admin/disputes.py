"""Disputes: what a bank takes back, until when we may answer, and where to do so."""

from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timeuntil

from store.admin import screens
from store.conf import conf
from store.gateways import base as gateways
from store.models import Dispute

_DASHBOARD = "https://dashboard.stripe.com"


def _address(gateway_id: str) -> str:
    """Return where Stripe shows a dispute; test mode has a path of its own."""
    mode = "" if gateways.get_gateway().livemode else "/test"
    return f"{_DASHBOARD}{mode}/disputes/{gateway_id}"


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
        "due",
        "opened_at",
    ]
    show_facets = admin.ShowFacets.ALWAYS
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
    readonly_fields = [
        "order_link",
        "payment_link",
        "total",
        "withdrawn",
        "due",
        "at_stripe",
    ]
    fields = [
        "order_link",
        "payment_link",
        ("gateway_id", "at_stripe"),
        ("total", "withdrawn"),
        ("status", "reason"),
        ("evidence_due_at", "due"),
        ("opened_at", "closed_at", "checked_at"),
    ]

    @admin.display(description="Evidence due", ordering="evidence_due_at")
    def due(self, dispute: Any) -> str:
        """Return how long we may still answer."""
        if dispute.is_closed or dispute.evidence_due_at is None:
            return screens.NOTHING
        if dispute.evidence_due_at <= timezone.now():
            return "too late"
        return f"in {timeuntil(dispute.evidence_due_at, depth=1)}"

    @admin.display(description="Answer it")
    def at_stripe(self, dispute: Any) -> str:
        """Link to the dispute at Stripe; a simulated one is not there."""
        if conf.STRIPE_API_BASE:
            return f"Not at Stripe: payments go to {conf.STRIPE_API_BASE}"
        address = _address(dispute.gateway_id)
        return format_html('<a href="{}" rel="noreferrer">at Stripe</a>', address)
