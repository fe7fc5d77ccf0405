"""Mails owed to customers: what was sent, what failed and why, and sending it again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from store.admin import screens
from store.domain.order import MessageStatus
from store.models import Message
from store.services import messages as mail


@admin.register(Message)
class MessageScreen(screens.ReadOnlyScreen):
    """One row a mail; its failures are shown as the mail server told them."""

    show_facets = admin.ShowFacets.ALWAYS
    list_display = [
        "kind",
        "order_link",
        "status",
        "tries",
        "error",
        "next_try",
        "sent_at",
    ]
    list_select_related = ["order"]
    list_filter = ["status", "kind"]
    search_fields = ["order__number", "order__email"]
    search_help_text = "Order number or email"
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    actions = ["send_again"]
    order_link = screens.link_column("order", "Order")
    readonly_fields = ["order_link", "next_try"]
    fields = [
        "kind",
        "order_link",
        "status",
        "tries",
        "error",
        "created_at",
        "next_try",
        "sent_at",
        "uuid",
    ]

    @admin.display(description="Next try", ordering="next_try_at")
    def next_try(self, message: Any) -> Any:
        """Return the moment of the next try; a mail that is out has none."""
        is_owed = message.status in {MessageStatus.UNSENT, MessageStatus.SENDING}
        return message.next_try_at if is_owed else None

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Let those send again who may change messages."""
        return request.user.has_perm("store.change_message")

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Message]) -> None:
        """Owe the chosen mails anew; a worker sends them in a moment."""
        for message in rows:
            mail.retry_message(message_id=message.pk, at=timezone.now())
            self.log_change(request, message, "Owed anew.")
        messages.success(request, f"A worker sends them now: {len(rows)}.")
