"""The currency switch of the pages that show prices."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from store.forms import CurrencyForm
from store.services import carts
from store.views import currency_cookie
from store.views.carts import cart_token
from store.views.redirects import SeeOther, see_other


# A token would be a cookie for every visitor, and no page could be shared: see
# docs/decisions/0006.
@csrf_exempt
@require_POST
def change_currency(request: HttpRequest) -> SeeOther:
    """Show prices, and the cart's, in another currency; go back to the page it was on.

    A cart that cannot follow keeps everything as it is, and says why.

    Raises:
        PermissionDenied: the browser says that another site sent the form.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        raise PermissionDenied("a form of another site")
    form = CurrencyForm(request.POST)
    if not form.is_valid():
        return see_other("store:home")
    return _change(request, form.cleaned_data["currency"], form.cleaned_data["next"])


def _change(request: HttpRequest, currency: str, back: str) -> SeeOther:
    try:
        carts.change_currency(
            token=cart_token(request), currency=currency, at=timezone.now()
        )
    except carts.CurrencyMismatchError:
        text = gettext(
            "A piece in your cart is not sold in %(currency)s. Buy or remove it first."
        )
        messages.warning(request, text % {"currency": currency}, fail_silently=True)
        return see_other("store:cart")
    response = SeeOther(back) if _is_ours(request, back) else see_other("store:home")
    currency_cookie.keep_currency(response, currency)
    return response


def _is_ours(request: HttpRequest, address: str) -> bool:
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, None)
