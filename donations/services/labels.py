"""Prints a promise: every word that pages, mails and the API say of it comes from here.

One frozen version and one amount make a label; what is posted is the same amount, so
printed words and posted numbers cannot differ (donation rules, sections 2 and 8).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from babel import Locale, UnknownLocaleError, dates
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, to_locale

from donations.domain import money
from donations.domain.share import ShareKind
from donations.services import pledges


@dataclass(frozen=True, slots=True)
class Label:
    """What stands near a price, in the reader's language; `promise` has no markup."""

    promise: str
    promise_html: SafeString
    period: str
    limits: str
    not_deductible: str
    slug: str = ""

    @property
    def conditions(self) -> str:
        """Return first and last day, then cap and minimum if there are any."""
        return " ".join(part for part in (self.period, self.limits) if part)

    @property
    def text(self) -> str:
        """Return all of it as one paragraph."""
        parts = (self.promise, self.conditions, self.not_deductible)
        return " ".join(part for part in parts if part)


def print_piece(
    *, terms: pledges.Terms, amount: money.Money, is_cut: bool = False
) -> Label:
    """Return the label of what is bought: the amount given of it, and the percentage.

    The amount is what `pledges.quote_line` returned, and what will be posted. Where a
    cap has cut it, it is the last that the pledge gives, or nothing.
    """
    if not amount.amount:
        sentence = gettext("This pledge has given all that it can to %(names)s.")
    elif is_cut:
        sentence = gettext(
            "We give %(amount)s of this, the last that this pledge gives, to %(names)s."
        )
    elif terms.share_kind == ShareKind.PERCENT:
        sentence = gettext(
            "We give %(amount)s of this, %(share)s of the price, to %(names)s."
        )
    else:
        sentence = gettext("We give %(amount)s of this to %(names)s.")
    values = {"share": terms.percent_text, "names": name_beneficiaries(terms=terms)}
    return _build(terms, sentence, {"amount": format_amount(amount=amount)}, values)


def print_promise(*, terms: pledges.Terms, currency: str) -> Label:
    """Return the label of a whole collection, for a reader who pays in a currency."""
    if terms.share_kind == ShareKind.PERCENT:
        sentence = gettext("We give %(share)s of every price to %(names)s.")
    elif terms.currency == currency:
        sentence = gettext("We give %(share)s for every piece to %(names)s.")
    else:
        sentence = gettext(
            "We give %(share)s for every piece that is paid in %(currency)s to "
            "%(names)s."
        )
    values = {"currency": terms.currency, "names": name_beneficiaries(terms=terms)}
    return _build(terms, sentence, {"share": terms.percent_text}, values)


def print_sum(*, amount: money.Money, given_to: Sequence[pledges.Terms]) -> Label:
    """Return the label of several pieces together, maybe under several pledges."""
    names = [name_beneficiaries(terms=terms) for terms in given_to]
    values = {"names": ", ".join(dict.fromkeys(names))}
    sentence = gettext("We give %(amount)s of it to %(names)s.")
    return _build(None, sentence, {"amount": format_amount(amount=amount)}, values)


def name_beneficiaries(*, terms: pledges.Terms) -> str:
    """Name who is paid under a pledge, and for what: Feeding America (COVID-19 ...)."""
    names = ", ".join(beneficiary.name for beneficiary in terms.beneficiaries)
    return f"{names} ({terms.cause_name})" if terms.cause_name else names


def format_amount(*, amount: money.Money) -> str:
    """Write an amount as the reader's language does."""
    return money.format_money(amount, find_locale())


def find_locale() -> str:
    """Return the reader's locale; American English for a language without one."""
    locale = to_locale(get_language() or "en-us")
    try:
        Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        return "en_US"
    return locale


def _build(
    terms: pledges.Terms | None,
    sentence: str,
    stressed: dict[str, str],
    values: dict[str, str],
) -> Label:
    markup = {
        name: format_html('<strong class="money">{}</strong>', words)
        for name, words in stressed.items()
    }
    # Values are escaped one by one: the sentence is ours, or a translator's.
    escaped = {name: format_html("{}", words) for name, words in values.items()}
    return Label(
        promise=sentence % {**values, **stressed},
        promise_html=SafeString(sentence % {**escaped, **markup}),
        period=_say_period(terms) if terms else "",
        limits=_say_limits(terms) if terms else "",
        not_deductible=pledges.not_deductible(),
        slug=terms.slug if terms else "",
    )


def _say_period(terms: pledges.Terms) -> str:
    days = {"first": _write_day(terms.starts_on), "last": _write_day(terms.ends_on)}
    return gettext("From %(first)s to %(last)s.") % days


def _say_limits(terms: pledges.Terms) -> str:
    limits = (
        (terms.cap_amount, gettext("At most %(amount)s in all.")),
        (terms.minimum_amount, gettext("At least %(amount)s in all.")),
    )
    said = [
        sentence % {"amount": format_amount(amount=money.Money(amount, terms.currency))}
        for amount, sentence in limits
        if amount
    ]
    return " ".join([*said, *_say_left(terms)])


def _say_left(terms: pledges.Terms) -> Iterator[str]:
    """Say what a purchase still adds, once some of a cap is given."""
    left = terms.left_amount
    if left is None or left == terms.cap_amount:
        return
    if not left:
        yield gettext("All of it is given: a purchase adds no further donation.")
        return
    amount = format_amount(amount=money.Money(left, terms.currency))
    yield gettext("%(amount)s of it is left.") % {"amount": amount}


def _write_day(day: date) -> str:
    return dates.format_date(day, "long", locale=find_locale())
