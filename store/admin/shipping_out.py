"""Shipping in the admin: one order beneath its page, many from the list.

The list's action has a page of its own, with a field for each parcel's tracking; what
cannot be shipped stays on it with the reason.
"""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import ngettext

from store.admin import acts
from store.domain.order import SHIPPABLE
from store.models import Order
from store.services import shipments

_RIGHT = "store.change_order"
_LENGTH = 80
_HELP = "Carrier and number, as UPS 1Z999AA10123456784; the customer sees it."
_CONFIRMED = "ship_now"


class TrackingForm(acts.ActForm):
    """By what the parcel is found; it may be blank."""

    tracking_reference = forms.CharField(
        label="Tracking", max_length=_LENGTH, required=False, help_text=_HELP
    )

    def __init__(self, row: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(row, *args, **kwargs)
        self.fields["tracking_reference"].initial = row.tracking_reference


class CorrectionForm(TrackingForm):
    """Another reference for a parcel that has left; it cannot become blank."""

    def __init__(self, row: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(row, *args, **kwargs)
        self.fields["tracking_reference"].required = True


class ShippingFilter(admin.SimpleListFilter):
    """Orders that are to be shipped, and those that were."""

    title = "shipping"
    parameter_name = "shipping"

    def lookups(self, _request: HttpRequest, _screen: Any) -> list[tuple[str, str]]:
        """Return the two choices beside all."""
        return [("due", "To be shipped"), ("done", "Shipped")]

    def queryset(self, _request: HttpRequest, rows: Any) -> Any:
        """Keep what was chosen; what a bank disputes is not sent unasked."""
        if self.value() == "due":
            return rows.filter(status="paid", shipped_at__isnull=True)
        if self.value() == "done":
            return rows.filter(shipped_at__isnull=False)
        return rows


def _ship(row: Any, values: Mapping[str, Any], _by_id: int) -> str:
    is_new = shipments.ship_order(
        order_id=row.pk,
        tracking_reference=values["tracking_reference"],
        at=timezone.now(),
    )
    return "Shipped" if is_new else "It was shipped before"


def _correct(row: Any, values: Mapping[str, Any], _by_id: int) -> str:
    reference = values["tracking_reference"]
    shipments.ship_order(
        order_id=row.pk, tracking_reference=reference, at=timezone.now()
    )
    return f"The tracking is {reference} now"


SHIP = acts.Act(
    slug="ship",
    label="Ship",
    help_text="The parcel has left. The return window and the customer's page follow.",
    permission=_RIGHT,
    is_offered=lambda row: row.shipped_at is None and row.status in SHIPPABLE,
    do=_ship,
    refusals=(shipments.ShipmentRefusedError,),
    form_class=TrackingForm,
)
CORRECT = acts.Act(
    slug="correct-tracking",
    label="Correct the tracking",
    help_text="The day on which it left stays.",
    permission=_RIGHT,
    is_offered=lambda row: row.shipped_at is not None,
    do=_correct,
    form_class=CorrectionForm,
)


# The permission is a right's name, which Django would look for as a method of the
# screen: the screens are read-only and refuse every change.
@admin.action(description="Ship")
def ship_chosen(
    screen: Any, request: HttpRequest, chosen: QuerySet[Order]
) -> HttpResponse | None:
    """Ask for each parcel's tracking, then ship them; one after the other."""
    if not request.user.has_perm(_RIGHT):
        screen.message_user(request, "You may not ship orders.", messages.ERROR)
        return None
    parcels = _read_parcels(request, chosen)
    if _CONFIRMED in request.POST and all(form.is_valid() for form in parcels):
        done = sum(_ship_parcel(screen, request, form) for form in parcels)
        parcels = [form for form in parcels if form.errors]
        _tell(screen, request, done)
    if not parcels:
        return None
    context = {
        **screen.admin_site.each_context(request),
        "opts": screen.opts,
        "title": "Ship these orders",
        "parcels": parcels,
        "selected": ACTION_CHECKBOX_NAME,
        "confirmed": _CONFIRMED,
    }
    return TemplateResponse(request, "store/admin/ship_orders.html", context)


def _read_parcels(request: HttpRequest, chosen: QuerySet[Order]) -> list[TrackingForm]:
    """Return a form for each order, with what was typed once it was."""
    data = request.POST if _CONFIRMED in request.POST else None
    return [
        TrackingForm(order, data, prefix=f"order-{order.pk}")
        for order in chosen.order_by("placed_at", "pk")
    ]


def _ship_parcel(screen: Any, request: HttpRequest, form: TrackingForm) -> bool:
    order = cast(Order, form.row)
    try:
        done = _ship(order, form.cleaned_data, 0)
    except shipments.ShipmentRefusedError as refused:
        form.add_error("tracking_reference", f"It was not shipped: {refused}.")
        return False
    screen.log_change(request, order, done)
    return True


def _tell(screen: Any, request: HttpRequest, done: int) -> None:
    if done:
        text = ngettext(
            "%(count)d order is shipped.", "%(count)d orders are shipped.", done
        )
        screen.message_user(request, text % {"count": done}, messages.SUCCESS)
