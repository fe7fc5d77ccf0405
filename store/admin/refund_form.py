"""The form of a refund: pieces that come back, or an amount, and why."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms

from store.admin import money_fields, screens
from store.models import Line, Order, Payment
from store.services import refunds


class RefundForm(forms.Form):
    """What should go back of one payment; nothing is asked for by default."""

    payment = forms.ChoiceField(widget=forms.RadioSelect)
    lines = forms.MultipleChoiceField(required=False)
    restock = forms.MultipleChoiceField(required=False)
    is_shipping_included = forms.BooleanField(
        required=False, label="The shipping goes back, too"
    )
    amount = money_fields.MoneyField(
        required=False,
        least=1,
        help_text="Without pieces: this much goes back and the customer keeps all. "
        "With pieces: this much instead of what was paid for them.",
    )
    reason = forms.CharField(
        max_length=200,
        widget=forms.Textarea({"rows": 2}),
        help_text="For colleagues and auditors; the customer does not read it.",
    )

    def __init__(
        self,
        order: Order,
        payments: Sequence[tuple[Payment, int]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
        self.refundable = list(
            order.lines.exclude(refund_lines__is_live=True)
            .select_related("piece")
            .order_by("position")
        )
        cast(money_fields.MoneyField, self.fields["amount"]).currency = order.currency
        self._choose("payment", [_describe(*one) for one in payments])
        for name in ("lines", "restock"):
            self._choose(name, [(str(line.pk), str(line)) for line in self.refundable])
        self.initial.setdefault("payment", payments[0][0].pk)
        if len(payments) == 1:
            self.fields["payment"].widget = forms.HiddenInput()
        if not order.shipping_amount:
            del self.fields["is_shipping_included"]

    def clean(self) -> dict[str, Any]:
        """Refuse ticks that say nothing or contradict each other."""
        values = super().clean() or {}
        lines, restock = set(values.get("lines", ())), set(values.get("restock", ()))
        if not lines and values.get("amount") is None and "amount" not in self.errors:
            self.add_error(None, "Tick the pieces that come back, or type an amount.")
        if restock - lines:
            text = "Only a piece that comes back can go on sale again: tick both."
            self.add_error("restock", text)
        if values.get("is_shipping_included") and not lines:
            text = "Shipping goes back with pieces; else type an amount."
            self.add_error("is_shipping_included", text)
        return values

    def rows(self) -> list[dict[str, Any]]:
        """Return the pieces that may come back, with their two ticks."""
        back, sale = self["lines"].value() or [], self["restock"].value() or []
        return [self._row(line, back, sale) for line in self.refundable]

    def _row(
        self, line: Line, back: Sequence[str], sale: Sequence[str]
    ) -> dict[str, Any]:
        return {
            "line": line,
            "paid": screens.format_amount(line.total_amount, self.order.currency),
            "is_back": str(line.pk) in back,
            "is_restocked": str(line.pk) in sale,
        }

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices


def read_wish(values: Mapping[str, Any]) -> refunds.Wish:
    """Return what a valid form asks for."""
    return refunds.Wish(
        amount=values["amount"],
        line_ids=tuple(int(pk) for pk in values["lines"]),
        restock_ids=tuple(int(pk) for pk in values["restock"]),
        is_shipping_included=values.get("is_shipping_included", False),
    )


def _describe(payment: Payment, left: int) -> tuple[str, str]:
    amount = screens.format_amount(left, payment.currency)
    kind = "sold the order" if payment.is_counted else "did not sell the order"
    return str(payment.pk), f"{payment.intent_id}: {amount} left, {kind}"
