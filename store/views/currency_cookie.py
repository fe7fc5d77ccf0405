"""The currency that a shopper sees prices in: a choice kept in a cookie.

The cookie is of its own, not in the session: a choice then costs no row and no
statement, and a shared cache needs one page for each currency, not for each visitor.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from store.conf import conf
from store.services import prices

COOKIE = "store_currency"
_YEAR_SECONDS = 365 * 24 * 3600

_Rest = ParamSpec("_Rest")
_View = Callable[Concatenate[HttpRequest, _Rest], HttpResponse]


def find_currency(request: HttpRequest) -> str:
    """Return the currency that this shopper chose, else the default one."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in conf.CURRENCIES else prices.default_currency()


def keep_currency(response: HttpResponse, currency: str) -> None:
    """Have the browser remember a currency for a year."""
    response.set_cookie(
        COOKIE,
        currency,
        max_age=_YEAR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def vary_by_currency(view: _View[_Rest]) -> _View[_Rest]:
    """Tell caches that a page depends on the cookie, where one can choose.

    A shop of one currency has one page for everybody who only looks around.
    """

    @wraps(view)
    def varying(
        request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs
    ) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if len(conf.CURRENCIES) > 1:
            patch_vary_headers(response, ["Cookie"])
        return response

    return varying
