"""An order's page: where Stripe sends the customer back, and its status for good.

The page decides nothing: it reads, and may ask a worker to look at Stripe.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from store.forms import ReturnForm
from store.models import Order
from store.services import orders, returns
from store.views import guesses, order_facts
from store.views.redirects import see_other

_REFUSALS: Mapping[type[returns.ReturnRefusedError], Promise] = {
    returns.OrderNotReturnableError: _(
        "Pieces of this order cannot be sent back now. Write to us if you need help."
    ),
    returns.NothingToReturnError: _("Choose what you want to send back."),
    returns.LineAlreadyReturnedError: _(
        "This piece came back already, or you asked to send it back."
    ),
    returns.ReturnOpenError: _(
        "We are still looking at your last request. One at a time."
    ),
}
_JUST_PLACED = timedelta(minutes=10)
_SOON_SECONDS, _LATER_SECONDS = 4, 20


@require_safe
@guesses.limit_guesses
@cache_control(private=True, no_store=True)
def show_order(request: HttpRequest, token: str) -> HttpResponse:
    """Show an order to whoever has its token; nobody else learns that it exists."""
    at = timezone.now()
    try:
        view = orders.read_order(token=token)
    except Order.DoesNotExist as error:
        raise Http404 from error
    context = {"view": view, "order": view.order, **order_facts.describe(view)}
    response = render(request, "store/order.html", context)
    if view.is_confirming:
        orders.nudge_payment(order=view.order, at=at)
        # The page looks again by itself, without a script.
        is_new = at - view.order.placed_at < _JUST_PLACED
        response["Refresh"] = str(_SOON_SECONDS if is_new else _LATER_SECONDS)
    # With "no-referrer" browsers hide where a form comes from, and it is refused.
    return _keep_address(response, "same-origin")


@require_safe
@guesses.limit_guesses
@cache_control(private=True, no_store=True)
def show_gift(request: HttpRequest, gift_token: str) -> HttpResponse:
    """Show what was given, and no price, to whoever has the token of a paid gift."""
    sold = Order.objects.filter(gift_token=gift_token, paid_at__isnull=False)
    order = get_object_or_404(sold)
    context = {"view": orders.read_order(token=order.token), "order": order}
    response = render(request, "store/gift.html", context)
    return _keep_address(response, "no-referrer")


@require_POST
@guesses.limit_guesses
def ask_for_return(request: HttpRequest, token: str) -> HttpResponse:
    """Record that the customer wants to send pieces back; on failure say why."""
    order = get_object_or_404(Order, token=token)
    form = ReturnForm(request.POST, line_ids=order.lines.values_list("pk", flat=True))
    if form.is_valid():
        _request_return(request, order, form)
    else:
        _warn(request, gettext("Choose what you want to send back."))
    return see_other("store:order", token)


def _request_return(request: HttpRequest, order: Order, form: ReturnForm) -> None:
    try:
        returns.request_return(
            order_token=order.token,
            line_ids=form.cleaned_data["line"],
            reason=form.cleaned_data["reason"],
            at=timezone.now(),
        )
    except returns.ReturnRefusedError as refused:
        _warn(request, str(_REFUSALS[type(refused)]))


def _warn(request: HttpRequest, text: str) -> None:
    messages.warning(request, text, fail_silently=True)


def _keep_address(response: HttpResponse, policy: str) -> HttpResponse:
    """Keep the address, which is the key to the page, from leaving with a link."""
    response["Referrer-Policy"] = policy
    response["X-Robots-Tag"] = "noindex"
    return response
