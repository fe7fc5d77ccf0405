"""Orders and what hangs on them: a place to see everything that happened to one."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from store.admin import acts, order_story, refunding, screens, shipping_out
from store.domain.order import OrderStatus, ReturnStatus
from store.gateways import base as gateways
from store.models import (
    Difference,
    Hold,
    Line,
    Message,
    Order,
    Payment,
    PaymentAttempt,
    Return,
)
from store.services import orders, reviews


class LineRows(screens.ReadOnlyRows):
    """What was bought, at the price and with the certificate of that moment."""

    model = Line
    fields = ["piece_link", "item_name", "size", "price", "gift", "certificate_link"]
    readonly_fields = ["piece_link", "price", "gift", "certificate_link"]
    ordering = ["position"]
    piece_link = screens.link_column("piece", "Piece")
    certificate_link = screens.link_column("certificate", "Certificate")
    price = screens.money_column("total_amount", "Price", currency="order.currency")
    gift = screens.money_column(
        "donation_amount", "Donation", currency="order.currency"
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch what the links and amounts need with the lines."""
        rows = super().get_queryset(request)
        return rows.select_related("order", "piece", "certificate")


class HoldRows(screens.ReadOnlyRows):
    """The claims of the order on its pieces."""

    model = Hold
    fields = ["piece_link", "status", "created_at", "expires_at"]
    readonly_fields = ["piece_link"]
    ordering = ["created_at", "id"]
    piece_link = screens.link_column("piece", "Piece")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the pieces with the holds."""
        return super().get_queryset(request).select_related("piece")


class AttemptRows(screens.ReadOnlyRows):
    """Each try at paying."""

    model = PaymentAttempt
    fields = ["number", "status", "total", "session_id", "created_at", "checked_at"]
    readonly_fields = ["total"]
    ordering = ["number"]
    total = screens.money_column("amount", "Amount")


class PaymentRows(screens.ReadOnlyRows):
    """Money that came in."""

    model = Payment
    fields = ["intent_id", "total", "refunded", "fee", "is_counted", "paid_at"]
    readonly_fields = ["total", "refunded", "fee"]
    ordering = ["paid_at", "id"]
    total = screens.money_column("amount", "Amount")
    refunded = screens.money_column("refunded_amount", "Refunded")
    fee = screens.money_column("fee_amount", "Fee")


class MessageRows(screens.ReadOnlyRows):
    """Mails owed to the customer."""

    model = Message
    fields = ["kind", "status", "tries", "error", "created_at", "sent_at"]
    ordering = ["created_at", "id"]


class AttentionFilter(admin.SimpleListFilter):
    """Orders that wait for a person: noted, in review, disputed, asked back."""

    title = "attention"
    parameter_name = "attention"

    def lookups(self, _request: HttpRequest, _screen: Any) -> list[tuple[str, str]]:
        """Return the one choice beside all."""
        return [("needed", "Needs a person")]

    def queryset(self, _request: HttpRequest, rows: Any) -> Any:
        """Keep what was chosen."""
        if self.value() != "needed":
            return rows
        waiting = Return.objects.filter(
            order=OuterRef("pk"), status=ReturnStatus.REQUESTED
        )
        differing = Difference.objects.open().filter(order=OuterRef("pk"))
        return rows.filter(
            ~Q(review_reason="")
            | Q(status__in=[OrderStatus.REVIEW, OrderStatus.DISPUTED])
            | Exists(waiting)
            | Exists(differing)
        )


class SeenForm(acts.ActForm):
    """Which note the person read, so that a newer one is not lost."""

    seen = forms.CharField(max_length=300, required=False, widget=forms.HiddenInput)

    def __init__(self, row: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(row, *args, **kwargs)
        self.fields["seen"].initial = row.review_reason


def _clear_note(row: Any, values: Mapping[str, Any], by_id: int) -> str:
    is_cleared = orders.clear_problem(
        order_id=row.pk, seen=values["seen"], by_id=by_id, at=timezone.now()
    )
    note = values["seen"]
    return f"Cleared: {note}" if is_cleared else f"There is another note now: {note}"


_CLEAR = acts.Act(
    slug="clear-note",
    label="Done, clear the note",
    help_text="You have looked, and nothing is left to do.",
    permission="store.change_order",
    is_offered=lambda row: bool(row.review_reason),
    do=_clear_note,
    form_class=SeenForm,
)


def _sell(row: Any, values: Mapping[str, Any], by_id: int) -> str:
    now = timezone.now()
    order = reviews.sell_as_it_stands(order_id=row.pk, at=now)
    orders.clear_problem(order_id=row.pk, seen=values["seen"], by_id=by_id, at=now)
    gift = screens.format_amount(order.donation_amount, order.currency)
    return f"Sold as it stands; the gift is {gift}"


_SELL = acts.Act(
    slug="sell",
    label="Sell it as it stands",
    help_text="You accept what was paid. The customer gets every piece and the "
    "confirmation, and the whole gift is made. To send the money back, refund it.",
    permission="store.change_order",
    is_offered=lambda row: row.status == OrderStatus.REVIEW,
    do=_sell,
    refusals=(reviews.SaleRefusedError, gateways.GatewayError),
    form_class=SeenForm,
)


@admin.register(Order)
class OrderScreen(acts.ActingScreen):
    """One order with its lines, attempts, payments, holds, mails and refunds."""

    acts = [_CLEAR, _SELL, shipping_out.SHIP, shipping_out.CORRECT]
    actions = [shipping_out.ship_chosen]
    change_form_template = "store/admin/order_change_form.html"
    show_facets = admin.ShowFacets.ALWAYS
    list_display = [
        "number",
        "status",
        "total",
        "review_reason",
        "placed_at",
        "shipped_at",
        "email",
        "donation",
    ]
    list_filter = [
        AttentionFilter,
        shipping_out.ShippingFilter,
        "status",
        "currency",
        ("paid_at", admin.EmptyFieldListFilter),
    ]
    search_fields = [
        "number",
        "email",
        "full_name",
        "tracking_reference",
        "lines__piece__serial_number",
        "lines__certificate__number",
        "payments__intent_id",
        "attempts__session_id",
    ]
    search_help_text = (
        "Number, email, name, tracking, serial number, certificate or payment"
    )
    date_hierarchy = "placed_at"
    show_full_result_count = False
    ordering = ["-placed_at"]
    inlines = [LineRows, AttemptRows, PaymentRows, HoldRows, MessageRows]
    total = screens.money_column("total_amount", "Total")
    donation = screens.money_column("donation_amount", "Donation")
    discount = screens.money_column("discount_amount", "Discount")
    shipping = screens.money_column("shipping_amount", "Shipping")
    tax = screens.money_column("tax_amount", "Tax")
    readonly_fields = ["total", "donation", "discount", "shipping", "tax"]
    fieldsets = [
        (None, {"fields": ["number", "status"]}),
        (
            "As it was placed",
            {
                "fields": [
                    ("total", "donation"),
                    ("discount", "voucher_code"),
                    ("shipping", "shipping_name", "is_insured"),
                    ("tax", "tax_name", "is_tax_included"),
                ]
            },
        ),
        ("Gift", {"fields": ["is_gift", "gift_note"]}),
        ("Moments", {"fields": [("placed_at", "paid_at")]}),
        ("Shipped", {"fields": [("shipped_at", "tracking_reference")]}),
        (
            "Customer",
            {
                "fields": [
                    "email",
                    "full_name",
                    "address_line1",
                    "address_line2",
                    ("address_city", "address_region", "address_postal_code"),
                    "address_country",
                ]
            },
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        """Add the page on which staff refunds."""
        view = self.admin_site.admin_view(self.refund_view)
        address = path("<path:object_id>/refund/", view, name="store_order_refund")
        return [address, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the story of the order's money, and whether some can go back."""
        order = kwargs.get("obj")
        if order is not None:
            context["story"] = order_story.tell(order)
            context.update(refunding.refund_button(order, request))
        return super().render_change_form(request, context, *args, **kwargs)

    def refund_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send money of the order back."""
        if not request.user.has_perm(refunding.RIGHT):
            raise PermissionDenied
        order = self.get_object(request, unquote(object_id))
        if order is None:
            raise Http404(object_id)
        return refunding.show_refund(self, request, order)


@admin.register(Line)
class LineScreen(screens.ReadOnlyScreen):
    """Lines of all orders, to see in which order a piece went."""

    list_display = ["order_link", "piece_link", "item_name", "price", "gift"]
    list_display_links = ["item_name"]
    list_select_related = ["order", "piece"]
    list_filter = ["piece__item__collection", "piece__item__kind"]
    search_fields = ["order__number", "piece__serial_number", "certificate__number"]
    search_help_text = "Order number, serial number or certificate"
    show_full_result_count = False
    ordering = ["-pk"]
    order_link = screens.link_column("order", "Order")
    piece_link = screens.link_column("piece", "Piece")
    certificate_link = screens.link_column("certificate", "Certificate")
    listed = screens.money_column(
        "price_amount", "Listed price", currency="order.currency"
    )
    discount = screens.money_column(
        "discount_amount", "Discount", currency="order.currency"
    )
    tax = screens.money_column("tax_amount", "Tax", currency="order.currency")
    price = screens.money_column("total_amount", "Price", currency="order.currency")
    base = screens.money_column(
        "donation_base_amount", "Donation is reckoned from", currency="order.currency"
    )
    gift = screens.money_column(
        "donation_amount", "Donation", currency="order.currency"
    )
    readonly_fields = [
        "order_link",
        "piece_link",
        "certificate_link",
        "listed",
        "discount",
        "tax",
        "price",
        "base",
        "gift",
    ]
    fieldsets = [
        (None, {"fields": ["order_link", "piece_link", "item_name", "size"]}),
        ("Price", {"fields": ["listed", "discount", "tax", "price"]}),
        ("Donation", {"fields": ["pledge_version", "base", "gift", "uuid"]}),
        ("Certificate", {"fields": ["certificate_link", "certificate_digest"]}),
    ]


@admin.register(Hold)
class HoldScreen(screens.ReadOnlyScreen):
    """Claims on pieces, live and past."""

    list_display = ["__str__", "piece_link", "order_link", "status", "expires_at"]
    list_select_related = ["piece", "order"]
    list_filter = ["status"]
    search_fields = ["piece__serial_number", "order__number"]
    search_help_text = "Serial number or order number"
    date_hierarchy = "created_at"
    show_full_result_count = False
    ordering = ["-pk"]
    piece_link = screens.link_column("piece", "Piece")
    order_link = screens.link_column("order", "Order")
    readonly_fields = ["piece_link", "order_link"]
    fields = ["piece_link", "order_link", "status", "created_at", "expires_at"]
