"""Tags and filters of the storefront's templates: values in, words or markup out.

Nothing here decides anything. The one tag that reads the database is `cart_link`.
"""

import datetime
import functools
from collections.abc import Iterable
from typing import Any

from babel import dates, numbers
from django import template
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext_lazy as _

from donations.domain import money as moneys
from donations.services import donations, labels, pledges
from store.conf import conf
from store.models.pictures import Picture
from store.services import carts

register = template.Library()

_DONATION_SENTENCES = {
    "due": _("We owe %(amount)s to %(name)s and will set it aside within minutes."),
    "set_aside": _("We have set %(amount)s aside for %(name)s."),
    "settled": _("We paid %(amount)s to %(name)s on %(day)s."),
    "reversed": _("The donation for this piece is reversed: it was paid back."),
}

_CUT = _("The pledge has reached its cap: this piece adds no further donation.")

# Formats in the order a browser should try them; the last is for all others.
_SOURCES = (("avif", "image/avif"), ("webp", "image/webp"))
_FALLBACK = "jpeg"
# What a browser without srcset gets: sharp on a phone, light enough for one.
_FALLBACK_PIXELS = 640


@register.simple_tag
def merchant_name() -> str:
    """Return the name that sells and gives."""
    return conf.MERCHANT_NAME


@register.simple_tag
def sample_data() -> bool:
    """Tell whether pages must say that their data is a sample."""
    return conf.SAMPLE_DATA


@register.simple_tag
def not_deductible() -> str:
    """Return the sentence that stands wherever a donation is promised."""
    return pledges.not_deductible()


@register.simple_tag
def piece_label(terms: pledges.Terms, donation: moneys.Money | None) -> labels.Label:
    """Print what one piece at a price gives: None is nothing, and all that is left."""
    amount = donation or moneys.zero(terms.currency)
    is_cut = terms.left_amount is not None and amount.amount >= terms.left_amount
    return labels.print_piece(terms=terms, amount=amount, is_cut=is_cut)


@register.simple_tag
def promise_label(terms: pledges.Terms, currency: str) -> labels.Label:
    """Print what every piece of a collection gives."""
    return labels.print_promise(terms=terms, currency=currency)


@register.simple_tag
def sum_label(
    donation: moneys.Money, lines: Iterable[carts.CartLineView]
) -> labels.Label:
    """Print what the lines of a cart give together."""
    given_to = [line.terms for line in lines if line.terms and line.donation]
    return labels.print_sum(amount=donation, given_to=given_to)


@register.inclusion_tag("store/parts/cart_link.html", takes_context=True)
def cart_link(context: template.Context) -> dict[str, Any]:
    """Link to the cart with the number of pieces in it.

    A visitor without a session cookie has no cart: their session is not touched, so
    the page sets no cookie and does not vary by it.
    """
    count = carts.count_pieces(token=_cart_token(_request(context)))
    label = ngettext("%(count)s item", "%(count)s items", count) % {"count": count}
    return {"count": count, "label": label}


@register.inclusion_tag("store/parts/currency_switch.html", takes_context=True)
def currency_switch(context: template.Context) -> dict[str, Any]:
    """Offer other currencies where the page says which one it shows.

    A page without prices names no `shown_currency`: it is the same in all of them. The
    form carries no token, so that the page needs no cookie.
    """
    shown, codes = context.get("shown_currency"), conf.CURRENCIES
    request = _request(context)
    if not shown or request is None or len(codes) == 1:
        return {}
    locale = _locale()
    named = [(code, numbers.get_currency_name(code, locale=locale)) for code in codes]
    return {
        "currencies": named,
        "shown_currency": shown,
        "address": request.get_full_path(),
    }


@register.inclusion_tag("store/parts/notices.html", takes_context=True)
def notices(context: template.Context) -> dict[str, Any]:
    """Show what the last act of this shopper led to, once."""
    request = _request(context)
    return {"notices": messages.get_messages(request) if request else []}


@register.simple_tag
def picture(
    image: Picture,
    sizes: str = "100vw",
    *,
    priority: bool = False,
    alt: str | None = None,
) -> SafeString:
    """Write a picture with its renditions, from stored fields alone.

    Until a worker has made the renditions the original file stands in for them.
    """
    return format_html(
        '<picture class="picture">{}<img src="{}"{} width="{}" height="{}" alt="{}"'
        '{} decoding="async"></picture>',
        _sources(image, sizes),
        image.jpeg_url(at_least=_FALLBACK_PIXELS),
        _source_set(image, _FALLBACK, sizes),
        image.width,
        image.height,
        image.alt_text if alt is None else alt,
        SafeString(' fetchpriority="high"' if priority else ' loading="lazy"'),
    )


@register.filter
def money(amount: moneys.Money) -> str:
    """Write an amount of money as the reader's language does."""
    return _money_text(amount, _locale())


@register.filter
def money_in(amount: int, currency: str) -> str:
    """Write minor units of a currency."""
    return money(moneys.Money(amount, currency))


@register.filter
def long_date(moment: datetime.date) -> str:
    """Write a day in full: March 2, 2026."""
    return dates.format_date(moment, "long", locale=_locale())


@register.filter
def donation_words(state: donations.DonationState) -> str:
    """Say how far the donation for one line has come."""
    values = {
        "amount": money(state.given),
        "name": ", ".join(state.beneficiary_names),
        "day": long_date(state.settled_at) if state.settled_at else "",
    }
    is_cut = not state.given.amount and state.amount.amount
    return str(_CUT) if is_cut else _DONATION_SENTENCES[state.status] % values


def _locale() -> str:
    return to_locale(get_language() or "en-us")


# A page of a collection writes some fifty amounts, most of them again and again.
@functools.lru_cache(maxsize=4096)
def _money_text(amount: moneys.Money, locale: str) -> str:
    return moneys.format_money(amount, locale=locale)


def _request(context: template.Context) -> HttpRequest | None:
    """Return the request, whether or not the host runs the request processor."""
    return getattr(context, "request", None) or context.get("request")


def _cart_token(request: HttpRequest | None) -> str | None:
    if request is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    token: str | None = request.session.get(carts.SESSION_KEY)
    return token


def _sources(image: Picture, sizes: str) -> SafeString:
    return format_html_join(
        "",
        '<source type="{}"{}>',
        (
            (kind, _source_set(image, name, sizes))
            for name, kind in _SOURCES
            if image.renditions.get(name)
        ),
    )


def _source_set(image: Picture, name: str, sizes: str) -> SafeString:
    renditions: Iterable[tuple[int, str]] = image.renditions.get(name, ())
    if not renditions:
        return SafeString()
    url = image.file.storage.url
    listed = ", ".join(f"{url(stored)} {width}w" for width, stored in renditions)
    return format_html(' srcset="{}" sizes="{}"', listed, sizes)
