"""Returns: pieces that customers want to send back, and what we answer."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from store.admin import acts, screens
from store.domain.order import ReturnStatus
from store.models import Return, ReturnLine
from store.services import refunds, returns


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


class AnswerForm(acts.ActForm):
    """What the customer is told."""

    answer = forms.CharField(
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text="The customer reads this in a mail and on the order's page.",
    )


class ReceiveForm(acts.ActForm):
    """Which pieces go on sale again, and whether shipping goes back."""

    restock = forms.MultipleChoiceField(
        required=False,
        label="Back on sale",
        widget=forms.CheckboxSelectMultiple,
        help_text="Only what you have looked at and would sell as new.",
    )
    is_shipping_included = forms.BooleanField(
        required=False, label="Refund the shipping, too"
    )

    def __init__(self, row: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(row, *args, **kwargs)
        lines = [one.line for one in row.lines.select_related("line__piece")]
        restock = cast(forms.MultipleChoiceField, self.fields["restock"])
        restock.choices = [
            (str(line.pk), f"{line.item_name}, {line.piece}") for line in lines
        ]
        if not row.order.shipping_amount:
            del self.fields["is_shipping_included"]


def _approve(row: Any, values: Mapping[str, Any], by_id: int) -> str:
    returns.approve_return(
        return_id=row.pk,
        answer=values["answer"],
        decided_by_id=by_id,
        at=timezone.now(),
    )
    return "Approved; the customer gets a mail."


def _decline(row: Any, values: Mapping[str, Any], by_id: int) -> str:
    returns.decline_return(
        return_id=row.pk,
        answer=values["answer"],
        decided_by_id=by_id,
        at=timezone.now(),
    )
    return "Declined; the customer gets a mail."


def _receive(row: Any, values: Mapping[str, Any], by_id: int) -> str:
    refund = returns.receive_return(
        return_id=row.pk,
        restock_ids=[int(pk) for pk in values["restock"]],
        is_shipping_included=values.get("is_shipping_included", False),
        decided_by_id=by_id,
        at=timezone.now(),
    )
    if refund is None:
        return "Received; all the money was back already."
    amount = screens.format_amount(refund.amount, refund.currency)
    return f"Received; {amount} goes back to the customer."


_REFUSALS = (returns.ReturnRefusedError, refunds.RefundRefusedError)
_RIGHT = "store.change_return"
_ACTS = [
    acts.Act(
        slug="approve",
        label="Approve",
        help_text="Tell the customer where to send the pieces. No money moves yet.",
        permission=_RIGHT,
        is_offered=lambda row: row.status == ReturnStatus.REQUESTED,
        do=_approve,
        refusals=_REFUSALS,
        form_class=AnswerForm,
    ),
    acts.Act(
        slug="decline",
        label="Decline",
        help_text="Tell the customer why; the pieces may be asked for again.",
        permission=_RIGHT,
        is_offered=lambda row: row.status == ReturnStatus.REQUESTED,
        do=_decline,
        refusals=_REFUSALS,
        form_class=AnswerForm,
    ),
    acts.Act(
        slug="receive",
        label="The pieces are here",
        help_text="Refunds what was paid for them; a worker asks Stripe in a moment.",
        permission=_RIGHT,
        is_offered=lambda row: row.status == ReturnStatus.APPROVED,
        do=_receive,
        refusals=_REFUSALS,
        form_class=ReceiveForm,
    ),
]


@admin.register(Return)
class ReturnScreen(acts.ActingScreen):
    """Wishes to send pieces back, with what each waits for."""

    acts = _ACTS
    show_facets = admin.ShowFacets.ALWAYS
    list_display = ["__str__", "order_link", "waits_for", "reason", "requested_at"]
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
    readonly_fields = ["order_link", "refund_link", "waits_for"]
    fields = [
        "order_link",
        ("status", "waits_for"),
        "reason",
        "answer",
        "refund_link",
        "requested_at",
        ("decided_at", "decided_by"),
    ]

    @admin.display(description="Waits for", ordering="status")
    def waits_for(self, row: Any) -> str:
        """Name who moves next."""
        waits = {
            ReturnStatus.REQUESTED: "our answer",
            ReturnStatus.APPROVED: "the pieces",
        }
        return waits.get(row.status, screens.NOTHING)


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
