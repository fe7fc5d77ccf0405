"""From the cart to the payment page."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from store.domain import refusal
from store.forms import CheckoutForm
from store.gateways import base as gateways
from store.models import Cart
from store.services import carts, checkout, holds
from store.views.carts import cart_token
from store.views.redirects import SeeOther, see_other

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that kept the form from working; `url` leads to its field, if any."""

    text: str
    url: str = ""


# The order is committed before Stripe is called: no transaction around the request.
@transaction.non_atomic_requests
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def check_out(request: HttpRequest) -> HttpResponse:
    """Ask for the email, then hold the pieces and send the customer to pay."""
    form = CheckoutForm(request.POST or None)
    if request.method != "POST":
        return _show(request, form, [], 200)
    if not form.is_valid():
        return _show(request, form, _field_faults(form), 422)
    return _start(request, form)


def _start(request: HttpRequest, form: CheckoutForm) -> HttpResponse:
    try:
        started = checkout.start_checkout(
            cart_token=cart_token(request),
            email=form.cleaned_data["email"],
            at=timezone.now(),
        )
    except checkout.CartEmptyError:
        return see_other("store:cart")
    except Cart.DoesNotExist as error:
        raise Http404("no such cart") from error
    except checkout.OrderExistsError as existing:
        return see_other("store:order", existing.order_token)
    except refusal.RefusedError as refused:
        return _show(request, form, [Fault(str(refused))], 422)
    except holds.PiecesGoneError as gone:
        return _back_to_cart(request, gone.serial_numbers)
    except gateways.GatewayError as error:
        logger.exception("No payment page: %s", error)
        return _show(request, form, [_gateway_fault(error)], 503)
    return SeeOther(started.payment_url)


def _show(
    request: HttpRequest, form: CheckoutForm, faults: Sequence[Fault], status: int
) -> HttpResponse:
    cart = carts.read_cart(token=cart_token(request), at=timezone.now())
    if cart.is_empty or not cart.is_available:
        return see_other("store:cart")
    context = {"cart": cart, "form": form, "faults": faults}
    return render(request, "store/checkout.html", context, status=status)


def _field_faults(form: CheckoutForm) -> list[Fault]:
    return [
        Fault(str(text), f"#{form[name].id_for_label}")
        for name, texts in form.errors.items()
        for text in texts
    ]


def _gateway_fault(error: gateways.GatewayError) -> Fault:
    if isinstance(error, gateways.UnavailableError):
        return Fault(
            gettext(
                "The payment page cannot be reached right now. Nothing was charged. "
                "Try again in a minute."
            )
        )
    return Fault(
        gettext(
            "We could not open a payment page for this order. Nothing was charged. "
            "Write to us and we will see to it."
        )
    )


def _back_to_cart(request: HttpRequest, serial_numbers: Sequence[str]) -> SeeOther:
    text = gettext("Somebody else was faster: %(pieces)s. Nothing was charged.")
    pieces = ", ".join(serial_numbers)
    messages.warning(request, text % {"pieces": pieces}, fail_silently=True)
    return see_other("store:cart")
