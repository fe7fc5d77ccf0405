"""What is wrong with an input, in sentences for customers, each led to its field.

The API has words of its own: who reads them sees codes and minor units.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.forms import BaseForm
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from donations.domain import money
from store.domain import refusal

SENTENCES: Mapping[tuple[str, str], Promise] = {
    ("currency", "mixed"): _("A piece in your cart is not sold in this currency."),
    ("country", "not_shipped"): _("We do not deliver to this country."),
    ("country", "required"): _("Choose the country it goes to."),
    ("region", "too_long"): _("Write the region in at most %(limit)s characters."),
    ("region", "required"): _("Enter the state or region it goes to, like NY."),
    ("shipping_rate_id", "not_offered"): _("Choose a way of delivery from the list."),
    ("is_insured", "not_offered"): _("This way of delivery cannot be insured."),
    ("engraving", "not_offered"): _("This piece cannot be engraved."),
    ("engraving", "too_long"): _(
        "At most %(limit)s characters can be engraved on this piece."
    ),
    ("engraving", "not_printable"): _(
        "An engraving is one line of letters, digits and signs."
    ),
    ("gift_note", "too_long"): _("Write the note in at most %(limit)s characters."),
    ("total", "too_small"): _("This total is less than can be paid: at least %(sum)s."),
    ("total", "changed"): _(
        "The total changed. Look at the new one, then go to pay again."
    ),
    ("voucher_code", "unknown"): _("We do not know this voucher code."),
    ("voucher_code", "not_started"): _("This voucher is not valid yet."),
    ("voucher_code", "over"): _("This voucher is not valid any more."),
    ("voucher_code", "used_up"): _("This voucher was used as often as it may be."),
    ("voucher_code", "other_currency"): _("This voucher is for another currency."),
    ("voucher_code", "minimum_not_reached"): _(
        "This voucher is for pieces of at least %(sum)s together."
    ),
    ("voucher_code", "nothing_eligible"): _(
        "This voucher lowers the price of no piece in your cart."
    ),
}
# Changed in the cart, not at the checkout.
_IN_CART: Mapping[str, str] = {
    "currency": "#pieces",
    "engraving": "#pieces",
    "voucher_code": "#id_code",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that kept the form from working; `url` leads to its field, if any."""

    text: str
    url: str = ""


def explain(error: refusal.RefusedError, currency: str = "") -> str:
    """Return the sentence for a refusal; `currency` is the one of its limit."""
    if (error.field, error.rule) == ("total", "too_small") and error.limit is None:
        return str(_("This total is less than can be paid."))
    words = SENTENCES.get((error.field, error.rule))
    if words is None:
        return str(_("This cannot be ordered so. Write to us and we will see to it."))
    return str(words) % {"limit": error.limit, "sum": _sum(error.limit, currency)}


def list_faults(
    errors: Iterable[refusal.RefusedError], currency: str = ""
) -> list[Fault]:
    """Return the faults of refusals, each once, with the way to what they name."""
    faults = (Fault(explain(error, currency), _url(error.field)) for error in errors)
    return list(dict.fromkeys(faults))


def list_cart_faults(
    errors: Iterable[refusal.RefusedError], currency: str = ""
) -> list[Fault]:
    """Return the faults of what is changed in the cart itself."""
    return list_faults((e for e in errors if e.field in _IN_CART), currency)


def list_form_faults(form: BaseForm) -> list[Fault]:
    """Return what a form has against its input."""
    return [
        Fault(str(text), f"#{form[name].id_for_label}")
        for name, texts in form.errors.items()
        for text in texts
    ]


def _url(field: str) -> str:
    if field in _IN_CART:
        return reverse("store:cart") + _IN_CART[field]
    return "#summary" if field == "total" else f"#id_{field}"


def _sum(limit: int | None, currency: str) -> str:
    if limit is None or not currency:
        return ""
    locale = to_locale(get_language() or "en-us")
    return money.format_money(money.Money(limit, currency), locale=locale)
