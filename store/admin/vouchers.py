"""Vouchers and the orders that used them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from donations.domain import money
from store.admin import money_fields, screens
from store.models import Voucher, VoucherUse


class UseRows(screens.ReadOnlyRows):
    """The orders that used a voucher; one that was let go counts no more."""

    model = VoucherUse
    fields = ["order_link", "is_live", "used_at"]
    readonly_fields = ["order_link"]
    show_change_link = False
    ordering = ["-used_at"]
    order_link = screens.link_column("order", "Order")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the orders with the uses."""
        return super().get_queryset(request).select_related("order")


class VoucherForm(money_fields.MoneyForm):
    """Says of each contradiction which field to mend."""

    def clean(self) -> dict[str, Any]:
        """Refuse a voucher that is of two kinds, of none, or never valid."""
        values = super().clean() or {}
        if values.get("kind") == Voucher.Kind.PERCENT:
            self._check_percent(values)
        if values.get("kind") == Voucher.Kind.AMOUNT:
            self._check_amount(values)
        if values.get("minimum_amount") and not values.get("currency"):
            self._refuse("currency", "The least total needs a currency.")
        starts, ends = values.get("starts_at"), values.get("ends_at")
        if starts and ends and ends <= starts:
            self._refuse("ends_at", "It ends before it starts.")
        limit, used = values.get("usage_limit"), self.instance.uses_count
        if limit is not None and limit < used:
            self._refuse("usage_limit", f"It was used {used} times already.")
        return values

    def _check_percent(self, values: dict[str, Any]) -> None:
        if values.get("discount_bps") == 0:
            text = "Type the percentage that it takes off, as 10 or 7.5."
            self._refuse("discount_bps", text)
        if values.get("discount_amount"):
            text = "A percent voucher has no amount: leave 0 here."
            self._refuse("discount_amount", text)

    def _check_amount(self, values: dict[str, Any]) -> None:
        if values.get("discount_amount") == 0:
            self._refuse("discount_amount", "Type the amount that it takes off.")
        if values.get("discount_bps"):
            text = "A voucher of an amount has no percentage: leave 0 here."
            self._refuse("discount_bps", text)
        if values.get("currency") == "":
            self._refuse("currency", "The amount needs a currency, as USD.")

    def _refuse(self, field: str, text: str) -> None:
        if field not in self.errors:
            self.add_error(field, text)


@admin.register(Voucher)
class VoucherScreen(money_fields.MoneyScreen):
    """The vouchers, with what each takes off and how often it was used."""

    form = VoucherForm
    show_facets = admin.ShowFacets.ALWAYS
    list_display = ["code", "discount", "scope", "used", "is_active", "ends_at"]
    list_editable = ["is_active"]
    list_select_related = ["collection"]
    money_fields = {
        "discount_amount": "As 50.00, for vouchers of an amount; else 0.",
        "minimum_amount": "What the pieces must come to; 0 for any.",
    }
    percent_fields = {
        "discount_bps": "As 10 or 7.5, for percent vouchers; else 0.",
    }
    list_filter = ["is_active", "kind", "collection"]
    search_fields = ["code", "uses__order__number"]
    search_help_text = "Code, or the number of an order that used it"
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]
    readonly_fields = ["used"]
    inlines = [UseRows]
    fieldsets = [
        (
            None,
            {
                "fields": ["code", "is_active", "used", "usage_limit"],
                "description": "A voucher that was used stays: switch it off instead.",
            },
        ),
        (
            "What it takes off",
            {"fields": ["kind", "discount_bps", "discount_amount", "currency"]},
        ),
        ("Where it holds", {"fields": ["collection", "minimum_amount"]}),
        ("When it holds", {"fields": [("starts_at", "ends_at")]}),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep a voucher that an order used; it is switched off instead."""
        is_used = obj is not None and obj.uses.exists()
        return not is_used and super().has_delete_permission(request, obj)

    @admin.display(description="Takes off")
    def discount(self, voucher: Any) -> str:
        """Return the discount as people speak of it."""
        if voucher.kind == Voucher.Kind.PERCENT:
            return screens.percent(voucher.discount_bps)
        off = money.Money(voucher.discount_amount, voucher.currency)
        return money.format_money(off)

    @admin.display(description="Of", ordering="collection")
    def scope(self, voucher: Any) -> str:
        """Name what gets cheaper."""
        return str(voucher.collection or "every piece")

    @admin.display(description="Used", ordering="uses_count")
    def used(self, voucher: Any) -> str:
        """Tell how often it was used, and how often it may be."""
        limit = voucher.usage_limit
        return f"{voucher.uses_count} of {'any' if limit is None else limit}"


@admin.register(VoucherUse)
class VoucherUseScreen(screens.ReadOnlyScreen):
    """Which order used which voucher."""

    list_display = ["__str__", "voucher_link", "order_link", "is_live", "used_at"]
    list_select_related = ["voucher", "order"]
    list_filter = ["is_live"]
    search_fields = ["voucher__code", "order__number"]
    search_help_text = "Code or order number"
    date_hierarchy = "used_at"
    show_full_result_count = False
    ordering = ["-pk"]
    voucher_link = screens.link_column("voucher", "Voucher")
    order_link = screens.link_column("order", "Order")
    readonly_fields = ["voucher_link", "order_link"]
    fields = ["voucher_link", "order_link", "is_live", "used_at"]
