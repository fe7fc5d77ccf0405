"""From the cart to the payment page."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from store.conf import conf
from store.domain import refusal
from store.forms import CheckoutForm
from store.gateways import base as gateways
from store.models import Cart
from store.services import carts, checkout, holds, quotes, shipping, taxes
from store.views import offers, refusals
from store.views.carts import cart_token
from store.views.redirects import SeeOther, see_other
from store.views.refusals import Fault

logger = logging.getLogger(__name__)

_WAY_URL = "#id_shipping_rate_id"


# The order is committed before Stripe is called: no transaction around the request.
@transaction.non_atomic_requests
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def check_out(request: HttpRequest) -> HttpResponse:
    """Ask for email and choices, then hold the pieces and send the customer to pay.

    The button `update` places nothing: the sums are shown for what was chosen.
    """
    form = CheckoutForm(request.POST or None)
    if request.method != "POST":
        return _show(request, form, (), 200)
    if "update" in request.POST:
        form.full_clean()
        form.errors.clear()
        return _show(request, form, (), 200)
    if not form.is_valid():
        return _show(request, form, refusals.list_form_faults(form), 422)
    return _start(request, form)


def _start(request: HttpRequest, form: CheckoutForm) -> HttpResponse:
    try:
        started = checkout.start_checkout(
            cart_token=cart_token(request),
            email=form.cleaned_data["email"],
            at=timezone.now(),
            choices=form.choices(),
        )
    except checkout.CartEmptyError:
        return see_other("store:cart")
    except Cart.DoesNotExist as error:
        raise Http404("no such cart") from error
    except checkout.OrderExistsError as existing:
        return see_other("store:order", existing.order_token)
    except refusal.RefusedError as refused:
        return _show(request, form, refusals.list_faults([refused]), 422)
    except holds.PiecesGoneError as gone:
        return _back_to_cart(request, gone.serial_numbers)
    except gateways.GatewayError as error:
        logger.exception("No payment page: %s", error)
        return _show(request, form, [_gateway_fault(error)], 503)
    return SeeOther(started.payment_url)


def _show(
    request: HttpRequest, form: CheckoutForm, faults: Sequence[Fault], status: int
) -> HttpResponse:
    choices = replace(form.choices(), seen_amount=None, seen_currency="")
    cart = carts.read_cart(
        token=cart_token(request), at=timezone.now(), choices=choices
    )
    if cart.quote is None or not cart.is_available:
        return see_other("store:cart")
    context = {
        "cart": cart,
        "form": form,
        "choices": choices,
        "faults": _lead_out([*faults, *_cart_faults(cart, form)], cart.quote),
        **offers.describe_offer(),
        **_questions(cart.quote),
    }
    return render(request, "store/checkout.html", context, status=status)


def _cart_faults(cart: carts.CartSummary, form: CheckoutForm) -> list[Fault]:
    """Return what is refused; what was not asked yet is not missing."""
    told = [error for error in cart.faults if form.is_bound or not _is_missing(error)]
    return refusals.list_faults(told, cart.quote.currency if cart.quote else "")


def _lead_out(faults: Sequence[Fault], quote: quotes.Quote) -> list[Fault]:
    """Return each fault once; where no way can be chosen, another currency has one."""
    if len(conf.CURRENCIES) > 1 and not quote.delivery.options:
        text = gettext(
            "We do not deliver there for a price in %(currency)s. Choose another "
            "currency in the cart."
        )
        other = Fault(text % {"currency": quote.currency}, reverse("store:cart"))
        faults = [other if fault.url == _WAY_URL else fault for fault in faults]
    return list(dict.fromkeys(faults))


def _is_missing(error: refusal.RefusedError) -> bool:
    return error.rule == "required"


def _questions(quote: quotes.Quote) -> dict[str, Any]:
    """Return what this shop must ask: the country and region only where they decide."""
    delivery = quote.delivery
    country = delivery.place.country
    countries = shipping.list_countries()
    decides = taxes.is_place_needed() or not offers.is_delivery_included()
    has_regions = bool(country) and taxes.has_regions(country=country)
    is_asked = decides and len(countries) > 1
    return {
        "countries": countries if is_asked else [],
        "has_regions": has_regions,
        "options": delivery.options,
        "chosen": delivery.chosen,
        "can_insure": any(option.insurance for option in _insurable(delivery.options)),
        "can_update": is_asked or has_regions or bool(delivery.options),
        "country": country,
    }


def _insurable(options: Sequence[shipping.Option]) -> list[shipping.Option]:
    return [option for option in options if not option.is_insurance_included]


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
