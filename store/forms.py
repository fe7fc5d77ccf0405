"""Forms of the storefront: input in, checked values out. They save nothing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from store.conf import conf
from store.domain.choices import Choices
from store.models.catalog import Item, Shade

# Families of metal as shoppers name them; an item of several metals is in each.
METALS = (
    ("rose-gold", _("Rose gold")),
    ("yellow-gold", _("Yellow gold")),
    ("white-gold", _("White gold")),
    ("platinum", _("Platinum")),
    ("silver", _("Silver")),
)
SORTS = (
    ("curated", _("Our order")),
    ("newest", _("Newest first")),
    ("price", _("Price, low to high")),
    ("-price", _("Price, high to low")),
)

_CHOICES = {"kind": Item.Kind.choices, "shade": Shade.choices, "metal": METALS}


class FilterForm(forms.Form):
    """What a shopper wants to see of a collection, from the address of the page."""

    kind = forms.MultipleChoiceField(
        label=_("Kind"),
        choices=Item.Kind.choices,
        required=False,
    )
    shade = forms.MultipleChoiceField(
        label=_("Shade"),
        choices=Shade.choices,
        required=False,
    )
    metal = forms.MultipleChoiceField(
        label=_("Metal"),
        choices=METALS,
        required=False,
    )
    available = forms.BooleanField(label=_("Available now"), required=False)
    sort = forms.ChoiceField(label=_("Sort by"), choices=SORTS, required=False)

    def wishes(self) -> dict[str, Any]:
        """Return the choices that are valid; an unknown one in an old link is dropped.

        Call it after `is_valid()`, whatever that said.
        """
        return {name: self.cleaned_data.get(name, "") for name in self.fields}

    def without_each(self, wishes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield each filter in use: its words, and the query string without it."""
        pairs = list(self._pairs(wishes))
        sort = [("sort", wishes["sort"])] if wishes["sort"] else []
        for name, value, words in pairs:
            others = [(n, v) for n, v, _words in pairs if (n, v) != (name, value)]
            yield words, urlencode(others + sort)

    def _pairs(self, wishes: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        for name in ("kind", "shade", "metal"):
            words = dict(_CHOICES[name])
            for value in wishes[name] or ():
                yield name, value, str(words[value])
        if wishes["available"]:
            yield "available", "on", str(self.fields["available"].label)


class PieceForm(forms.Form):
    """One piece, named by its serial number, and the item to go back to.

    `currency` is that of the price that was shown; blank is whatever fits.
    """

    serial_number = forms.CharField(max_length=32)
    item = forms.SlugField(max_length=100, required=False)
    engraving = forms.CharField(required=False)
    currency = forms.CharField(required=False)

    def clean_currency(self) -> str:
        """Forget what the shop does not offer: an item's own needs no asking."""
        currency: str = self.cleaned_data["currency"]
        return currency if currency in conf.CURRENCIES else ""


class CurrencyForm(forms.Form):
    """The currency to show prices in, and the page to go back to."""

    currency = forms.CharField(max_length=3)
    next = forms.CharField(required=False)

    def clean_currency(self) -> str:
        """Refuse what the shop does not offer."""
        currency: str = self.cleaned_data["currency"]
        if currency not in conf.CURRENCIES:
            raise forms.ValidationError(_("Choose a currency of this shop."))
        return currency


class VoucherForm(forms.Form):
    """A voucher's code, as the shopper typed it."""

    code = forms.CharField(max_length=100)


class ReturnForm(forms.Form):
    """Which pieces of an order a customer wants to send back, and why."""

    reason = forms.CharField(max_length=300, required=False)

    def __init__(self, *args: Any, line_ids: Iterable[int], **kwargs: Any) -> None:
        """Take the lines of the order: nobody names another's."""
        super().__init__(*args, **kwargs)
        lines = [(pk, str(pk)) for pk in line_ids]
        self.fields["line"] = forms.TypedMultipleChoiceField(coerce=int, choices=lines)


class CheckoutForm(forms.Form):
    """What we ask ourselves; the payment page collects the rest.

    Which of the choices a shop asks for is seen on its page; whether one can be sold
    is said by the services, for every way in.
    """

    email = forms.EmailField(
        label=_("Email"),
        help_text=_("For the confirmation and the certificate links, nothing else."),
        error_messages={
            "required": _("Enter your email address."),
            "invalid": _("Enter an email address like name@example.com."),
        },
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "spellcheck": "false", "inputmode": "email"}
        ),
    )
    country = forms.CharField(required=False)
    region = forms.CharField(
        label=_("State or region"),
        help_text=_("Its short form, like NY. It decides the tax."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level1"}),
    )
    shipping_rate_id = forms.IntegerField(required=False)
    is_insured = forms.BooleanField(required=False)
    is_gift = forms.BooleanField(label=_("This is a gift"), required=False)
    gift_note = forms.CharField(
        label=_("Note for the recipient"),
        help_text=_(
            "At most 300 characters. The recipient gets a receipt without prices."
        ),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen_amount = forms.IntegerField(required=False)
    seen_currency = forms.CharField(required=False)

    def choices(self) -> Choices:
        """Return what was chosen; what is missing or not valid counts as not chosen.

        A form with input was validated before, whatever that said. A line break in
        the note counts as one character, as the customer counts it.
        """
        chosen = self.cleaned_data if self.is_bound else {}
        return Choices(
            country=chosen.get("country", ""),
            region=chosen.get("region", ""),
            shipping_rate_id=chosen.get("shipping_rate_id"),
            is_insured=chosen.get("is_insured", False),
            is_gift=chosen.get("is_gift", False),
            gift_note=chosen.get("gift_note", "").replace("\r\n", "\n"),
            seen_amount=chosen.get("seen_amount"),
            seen_currency=chosen.get("seen_currency", ""),
        )
