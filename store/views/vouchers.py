"""The voucher of a cart: apply a code, remove it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from store.domain import refusal
from store.forms import VoucherForm
from store.services import carts
from store.views import guesses, refusals
from store.views.carts import cart_token
from store.views.redirects import SeeOther, see_other


@require_POST
def change_voucher(request: HttpRequest) -> HttpResponse:
    """Apply the code, or with the button `remove` forget it; who guesses waits."""
    if "remove" in request.POST:
        return _remove(request)
    wait = guesses.seconds_to_wait(request)
    if wait:
        return guesses.refuse(request, wait)
    form = VoucherForm(request.POST)
    if not form.is_valid():
        return _warn(request, gettext("Enter a voucher code."))
    return _apply(request, form.cleaned_data["code"])


def _apply(request: HttpRequest, code: str) -> SeeOther:
    token, at = cart_token(request), timezone.now()
    try:
        carts.set_voucher(token=token, code=code, at=at)
    except refusal.RefusedError as refused:
        if refused.rule == "unknown":
            guesses.count_guess(request)
        quote = carts.read_cart(token=token, at=at).quote
        return _warn(
            request, refusals.explain(refused, quote.currency if quote else "")
        )
    return see_other("store:cart")


def _remove(request: HttpRequest) -> SeeOther:
    if carts.remove_voucher(token=cart_token(request), at=timezone.now()):
        text = gettext("The voucher is out of your cart.")
        messages.success(request, text, fail_silently=True)
    return see_other("store:cart")


def _warn(request: HttpRequest, text: str) -> SeeOther:
    messages.warning(request, text, fail_silently=True)
    return see_other("store:cart")
