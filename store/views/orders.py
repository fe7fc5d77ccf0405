"""An order's page: where Stripe sends the customer back, and its status for good.

The page decides nothing: it reads, and may ask a worker to look at Stripe.
"""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from store.models import Order
from store.services import orders
from store.views import guesses

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
    context = {"view": view, "order": view.order}
    response = render(request, "store/order.html", context)
    if view.is_confirming:
        orders.nudge_payment(order=view.order, at=at)
        # The page looks again by itself, without a script.
        is_new = at - view.order.placed_at < _JUST_PLACED
        response["Refresh"] = str(_SOON_SECONDS if is_new else _LATER_SECONDS)
    # The address is the key to the page: it must not travel with a link.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
