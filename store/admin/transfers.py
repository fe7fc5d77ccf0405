"""What was sent on to beneficiaries' own accounts, and what was taken back of it."""

from django.contrib import admin

from store.admin import screens
from store.models import Transfer, TransferRecall


class RecallRows(screens.ReadOnlyRows):
    """Recalls of a transfer."""

    model = TransferRecall
    fields = ["number", "total", "gateway_id", "problem", "made_at", "is_dropped"]
    readonly_fields = ["total"]
    ordering = ["number"]
    total = screens.money_column("amount", "Amount")


@admin.register(Transfer)
class TransferScreen(screens.ReadOnlyScreen):
    """Transfers, made by the settlements that a second person approved."""

    list_display = [
        "__str__",
        "beneficiary",
        "order_link",
        "total",
        "recalled",
        "created_at",
        "sent_at",
    ]
    list_select_related = ["beneficiary", "payment__order"]
    list_filter = ["beneficiary", "currency"]
    search_fields = ["gateway_id", "account_id", "payment__order__number"]
    search_help_text = "Transfer, account or order number"
    date_hierarchy = "created_at"
    show_full_result_count = False
    ordering = ["-pk"]
    order_link = screens.link_column("payment.order", "Order")
    payment_link = screens.link_column("payment", "Payment")
    total = screens.money_column("amount", "Amount")
    recalled = screens.money_column("reversed_amount", "Taken back")
    readonly_fields = ["order_link", "payment_link", "total", "recalled"]
    fields = [
        "gateway_id",
        "beneficiary",
        "account_id",
        "order_link",
        "payment_link",
        "total",
        "recalled",
        "instruction_key",
        "idempotency_key",
        "refusals",
        "created_at",
        "sent_at",
    ]
    inlines = [RecallRows]


@admin.register(TransferRecall)
class TransferRecallScreen(screens.ReadOnlyScreen):
    """Recalls: what waits for balance in a beneficiary's account is told first."""

    list_display = ["__str__", "transfer", "total", "problem", "made_at", "is_dropped"]
    list_select_related = ["transfer"]
    list_filter = ["is_dropped", ("made_at", admin.EmptyFieldListFilter)]
    search_fields = ["gateway_id", "transfer__gateway_id"]
    search_help_text = "Recall or transfer"
    date_hierarchy = "created_at"
    show_full_result_count = False
    ordering = ["-pk"]
    total = screens.money_column("amount", "Amount")
    readonly_fields = ["total"]
    fields = [
        "transfer",
        "number",
        "total",
        "gateway_id",
        "idempotency_key",
        "problem",
        "tries",
        "next_try_at",
        "created_at",
        "made_at",
        "is_dropped",
    ]
