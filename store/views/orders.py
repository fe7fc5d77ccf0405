"""An order's page: where Stripe sends the customer back, and its status for good.

The page decides nothing: it reads, and may ask a worker to look at Stripe.
"""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from store.conf import conf
from store.models import Order
from store.services import orders

_JUST_PLACED = timedelta(minutes=10)
_SOON_SECONDS, _LATER_SECONDS = 4, 20


@require_safe
@cache_control(private=True, no_store=True)
def show_order(request: HttpRequest, token: str) -> HttpResponse:
    """Show an order to whoever has its token; nobody else learns that it exists."""
    at = timezone.now()
    try:
        view = orders.read_order(token=token)
    except Order.DoesNotExist as error:
        raise Http404 from error
    if view.is_confirming:
        orders.nudge_payment(order=view.order, at=at)
    is_new = at - view.order.placed_at < _JUST_PLACED
    context = {
        "view": view,
        "order": view.order,
        "refresh_seconds": _SOON_SECONDS if is_new else _LATER_SECONDS,
        "support_email": conf.SUPPORT_EMAIL,
    }
    response = render(request, "store/order.html", context)
    # The address is the key to the page: it must not travel with a link.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
