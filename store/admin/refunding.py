"""The page on which staff refunds: choose, look at what follows, confirm."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from store.admin import refund_form, screens
from store.models import Order, Payment
from store.services import refund_rehearsal, refunds, retargeting

RIGHT = "store.add_refund"
_SEEN = "seen"
_CONFIRM = "_confirm"
_NOT_KEPT = frozenset({"csrfmiddlewaretoken", _SEEN, _CONFIRM, "_change"})


@dataclass(frozen=True, slots=True)
class Refundable:
    """The payments of which something can go back, or why nothing can."""

    payments: list[tuple[Payment, int]]
    obstacle: str


def find_refundable(order: Order) -> Refundable:
    """Return what can go back of an order; the payment that sold it comes first."""
    payments = list(order.payments.order_by("-is_counted", "paid_at", "pk"))
    if not payments:
        return Refundable([], "Nothing was paid for this order.")
    free = [one for one in payments if not retargeting.is_disputed(payment=one)]
    if not free:
        return Refundable(
            [],
            "A dispute is open: the customer's bank has the money, and a refund would "
            "pay twice. Answer the dispute, or accept it, at Stripe.",
        )
    left = [(one, refunds.count_refundable(payment=one)) for one in free]
    some = [(one, amount) for one, amount in left if amount]
    return Refundable(some, "" if some else "Everything went back already.")


def show_refund(
    screen: screens.Screen, request: HttpRequest, order: Order
) -> HttpResponse:
    """Answer the page: the form, then what it would do, then the order again."""
    found = find_refundable(order)
    context = {
        **screen.admin_site.each_context(request),
        "opts": screen.opts,
        "original": order,
        "title": f"Refund {order}",
        "obstacle": found.obstacle,
    }
    if found.payments:
        data = request.POST if request.method == "POST" else None
        form = refund_form.RefundForm(order, found.payments, data)
        context["form"] = form
        is_asked = "_change" not in request.POST and form.is_valid()
        if is_asked and _CONFIRM in request.POST and _confirm(screen, request, form):
            return HttpResponseRedirect(screens.screen_of(order))
        if is_asked and _CONFIRM not in request.POST:
            context |= _rehearse(request, form)
    return TemplateResponse(request, "store/admin/refund.html", context)


def _rehearse(request: HttpRequest, form: refund_form.RefundForm) -> dict[str, Any]:
    """Return what the page shows first; when it is refused, the form says why."""
    values = form.cleaned_data
    try:
        rehearsal = refund_rehearsal.rehearse_refund(
            payment_id=int(values["payment"]),
            wish=refund_form.read_wish(values),
            at=timezone.now(),
        )
    except refunds.RefundRefusedError as error:
        form.add_error(None, _explain(error))
        return {}
    kept = [
        (name, text)
        for name, texts in request.POST.lists()
        for text in texts
        if name not in _NOT_KEPT
    ]
    sums = [rehearsal.refunded, rehearsal.left, rehearsal.given_less]
    shown = [screens.format_amount(one.amount, one.currency) for one in sums]
    return {
        "rehearsal": dict(zip(("refunded", "left", "given_less"), shown, strict=True)),
        "kept": [*kept, (_SEEN, rehearsal.seen_amount)],
    }


def _confirm(
    screen: screens.Screen, request: HttpRequest, form: refund_form.RefundForm
) -> bool:
    values, seen = form.cleaned_data, request.POST.get(_SEEN, "")
    try:
        refund = refund_rehearsal.request_as_seen(
            payment_id=int(values["payment"]),
            wish=refund_form.read_wish(values),
            seen_amount=int(seen) if seen.isdecimal() else -1,
            reason=values["reason"],
            requested_by_id=request.user.pk,
            at=timezone.now(),
        )
    except refunds.RefundRefusedError as error:
        form.add_error(None, _explain(error))
        return False
    amount = screens.format_amount(refund.amount, refund.currency)
    screen.log_change(request, form.order, f"Refund of {amount} asked for.")
    text = f"{amount} goes back; a worker asks Stripe for it now."
    messages.success(request, text)
    return True


def _explain(error: Exception) -> str:
    fact = (type(error).__doc__ or "").strip().splitlines()[0]
    return f"Nothing was refunded: {error}. {fact}"


def refund_button(order: Any, request: HttpRequest) -> dict[str, Any]:
    """Return what the order's page says of refunding: a link, or why there is none."""
    if not request.user.has_perm(RIGHT):
        return {}
    obstacle = find_refundable(order).obstacle
    return {"can_refund": not obstacle, "refund_obstacle": obstacle}
