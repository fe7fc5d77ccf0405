"""The cart: look, add a piece, engrave it, remove it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from store.domain import refusal
from store.forms import PieceForm
from store.services import carts
from store.views import currency_cookie, offers, refusals
from store.views.redirects import SeeOther, see_other


def cart_token(request: HttpRequest) -> str | None:
    """Return the token of this shopper's cart, if they have one."""
    token: str | None = request.session.get(carts.SESSION_KEY)
    return token


@require_safe
@never_cache
def show_cart(request: HttpRequest) -> HttpResponse:
    """Show what the shopper gathered, at today's prices."""
    cart = carts.read_cart(token=cart_token(request), at=timezone.now())
    chosen = currency_cookie.find_currency(request)
    currency = cart.quote.currency if cart.quote else chosen
    context = {
        "cart": cart,
        "shown_currency": currency,
        "faults": refusals.list_cart_faults(cart.faults, currency),
        **offers.describe_offer(),
    }
    return render(request, "store/cart.html", context)


@require_POST
def add_piece(request: HttpRequest) -> SeeOther:
    """Put the chosen piece in the cart; on failure go back to the item and say why."""
    form = PieceForm(request.POST)
    if not form.is_valid():
        return _refuse(request, form, gettext("Choose a piece first."))
    serial_number = form.cleaned_data["serial_number"]
    try:
        token = carts.add_piece(
            token=cart_token(request),
            serial_number=serial_number,
            at=timezone.now(),
            engraving=form.cleaned_data["engraving"],
            currency=form.cleaned_data["currency"],
        )
    except carts.PieceNotForSaleError:
        text = gettext("%(piece)s cannot be bought now: somebody holds or owns it.")
        return _refuse(request, form, text % {"piece": serial_number})
    except carts.CurrencyMismatchError:
        text = gettext(
            "Your cart is in another currency. Change it in the cart, or buy what is "
            "there first."
        )
        return _refuse(request, form, text)
    except refusal.RefusedError as refused:
        return _refuse(request, form, refusals.explain(refused))
    request.session[carts.SESSION_KEY] = token
    text = gettext("%(piece)s is in your cart.") % {"piece": serial_number}
    messages.success(request, text, fail_silently=True)
    return _go_on(request, form.cleaned_data["currency"])


@require_POST
def remove_piece(request: HttpRequest) -> SeeOther:
    """Take a piece out of the cart; one that is not there changes nothing."""
    form = PieceForm(request.POST)
    if form.is_valid():
        _remove(request, form.cleaned_data["serial_number"])
    return see_other("store:cart")


@require_POST
def engrave_piece(request: HttpRequest) -> SeeOther:
    """Change what is engraved on a piece in the cart; a blank text is none."""
    form = PieceForm(request.POST)
    if form.is_valid():
        cleaned = form.cleaned_data
        _engrave(
            request,
            serial_number=cleaned["serial_number"],
            engraving=cleaned["engraving"],
        )
    return see_other("store:cart")


def _go_on(request: HttpRequest, currency: str) -> SeeOther:
    """Show the cart, and from now on the prices at which more can join it."""
    response = see_other("store:cart")
    if currency and currency != currency_cookie.find_currency(request):
        currency_cookie.keep_currency(response, currency)
    return response


def _engrave(request: HttpRequest, *, serial_number: str, engraving: str) -> None:
    try:
        was_there = carts.engrave_piece(
            token=cart_token(request), serial_number=serial_number, engraving=engraving
        )
    except refusal.RefusedError as refused:
        messages.warning(request, refusals.explain(refused), fail_silently=True)
        return
    if was_there:
        text = gettext("The engraving of %(piece)s is changed.")
        messages.success(request, text % {"piece": serial_number}, fail_silently=True)


def _remove(request: HttpRequest, serial_number: str) -> None:
    was_there = carts.remove_piece(
        token=cart_token(request), serial_number=serial_number
    )
    if was_there:
        text = gettext("%(piece)s is out of your cart.") % {"piece": serial_number}
        messages.success(request, text, fail_silently=True)


def _refuse(request: HttpRequest, form: PieceForm, text: str) -> SeeOther:
    messages.warning(request, text, fail_silently=True)
    slug = form.cleaned_data.get("item")
    return see_other("store:item", slug) if slug else see_other("store:cart")
