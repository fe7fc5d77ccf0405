"""One renderer prints every promise, in the reader's language."""

from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation

from donations.domain.money import Money
from donations.models import Cause
from donations.services import labels, pledges
from tests import donations_factories as factories

pytestmark = pytest.mark.django_db


def read_terms(**terms):
    """Return the terms of a pledge that is published."""
    version = factories.make_pledge_version(**terms)
    return pledges.get_terms(pledge_id=version.pledge_id, on=date(2026, 6, 1))


def test_piece_says_amount_and_percentage():
    """Beneficiary, share in money and percent, days, and who gives."""
    label = labels.print_piece(terms=read_terms(), amount=Money(24990, "USD"))

    assert label.text == (
        "We give $249.90 of this, 10% of the price, to Feeding America (COVID-19 "
        "Response Fund). From January 1, 2026 to December 31, 2030. The donation is "
        "made by Example Jewelers. Your purchase is not a tax-deductible gift."
    )
    assert '<strong class="money">$249.90</strong> of this' in label.promise_html


def test_fixed_piece_says_its_amount_alone():
    """A fixed share is no part of the price."""
    terms = read_terms(share_fixed_amount=2500)

    label = labels.print_piece(terms=terms, amount=Money(2500, "USD"))

    assert label.promise.startswith("We give $25.00 of this to Feeding America")


@pytest.mark.parametrize(
    ("terms", "currency", "words"),
    [
        ({}, "EUR", "We give 10% of every price to Feeding"),
        ({"share_fixed_amount": 2500}, "USD", "We give $25.00 for every piece to Fee"),
        (
            {"share_fixed_amount": 2500},
            "EUR",
            "We give $25.00 for every piece that is paid in USD to Feeding",
        ),
    ],
)
def test_collection_says_its_rule(terms, currency, words):
    """A whole collection has no amount: it says the rule, and when it applies."""
    label = labels.print_promise(terms=read_terms(**terms), currency=currency)

    assert label.promise.startswith(words)


def test_cap_and_minimum_are_printed():
    """Limits stand wherever the days do."""
    version = factories.make_pledge_version(is_published=False)
    version.cap_amount, version.minimum_amount = 10_000_000, 500_000
    rows = list(version.shares.all())
    terms = pledges.describe_draft(version=version, rows=rows)

    label = labels.print_promise(terms=terms, currency="USD")

    assert label.conditions == (
        "From January 1, 2026 to December 31, 2030. "
        "At most $100,000.00 in all. At least $5,000.00 in all."
    )


def test_label_says_what_a_cap_leaves():
    """A page says at once what a purchase adds: a part, the last, or nothing."""
    terms = read_terms(cap_amount=50_000)

    said = {
        left: labels.print_piece(
            terms=replace(terms, left_amount=left),
            amount=Money(min(left, 24_990), "USD"),
            is_cut=left <= 24_990,
        )
        for left in (50_000, 30_000, 9_000, 0)
    }

    assert [label.limits for label in said.values()] == [
        "At most $500.00 in all.",
        "At most $500.00 in all. $300.00 of it is left.",
        "At most $500.00 in all. $90.00 of it is left.",
        "At most $500.00 in all. All of it is given: a purchase adds no further "
        "donation.",
    ]
    assert [label.promise.split(" to ")[0] for label in said.values()] == [
        "We give $249.90 of this, 10% of the price,",
        "We give $249.90 of this, 10% of the price,",
        "We give $90.00 of this, the last that this pledge gives,",
        "This pledge has given all that it can",
    ]


def test_sum_names_everybody_once():
    """Pieces under two pledges for one beneficiary name it once."""
    terms = read_terms()

    label = labels.print_sum(amount=Money(5, "USD"), given_to=[terms, terms])

    assert label.promise == (
        "We give $0.05 of it to Feeding America (COVID-19 Response Fund)."
    )
    assert label.conditions == ""


def test_cause_without_a_name_is_left_out():
    """Without a cause there are no empty brackets."""
    terms = read_terms()
    Cause.objects.update(name="")

    names = labels.name_beneficiaries(
        terms=pledges.get_terms_by_version(pledge_version_id=terms.pledge_version_id)
    )

    assert names == "Feeding America"


def test_names_cannot_carry_markup():
    """What merchandisers type is text, in the sentence with markup too."""
    terms = read_terms()
    Cause.objects.update(name="<b>Food</b>")
    terms = pledges.get_terms_by_version(pledge_version_id=terms.pledge_version_id)

    label = labels.print_piece(terms=terms, amount=Money(5, "USD"))

    assert "<b>" not in label.promise_html
    assert "&lt;b&gt;Food" in label.promise_html


@pytest.mark.parametrize(("language", "words"), [("de", "249,90"), ("xx", "$249.90")])
def test_amounts_follow_the_reader(language, words):
    """Amounts are written as the language does; an unknown one reads American."""
    with translation.override(language):
        assert words in labels.format_amount(amount=Money(24990, "USD"))
