"""Terms and quotes: printed words and posted numbers come from one frozen version."""

from datetime import date

import pytest

from donations.domain.money import MixedCurrencyError, Money
from donations.models import PledgeVersion
from donations.services import pledges
from tests import donations_factories as factories

ON = date(2026, 6, 1)
pytestmark = pytest.mark.django_db


def read_terms(version, on=ON):
    """Return the current terms of the version's pledge."""
    return pledges.get_terms(pledge_id=version.pledge_id, on=on)


def test_terms_say_what_is_promised():
    """Terms carry everything that pages and mails print."""
    version = factories.make_pledge_version(weights=(2, 1))

    terms = read_terms(version)

    assert (terms.slug, terms.percent_text) == ("feeding-america-covid-19", "10%")
    assert [(b.name, b.weight) for b in terms.beneficiaries] == [
        ("Feeding America", 2),
        ("Fund 1", 1),
    ]
    assert terms.beneficiaries[0].register_id == "36-3673599"
    assert terms.territories == ("US",)
    assert terms.disclosure.endswith(
        "The donation is made by Example Jewelers. Your purchase is not a "
        "tax-deductible gift."
    )


@pytest.mark.parametrize(
    ("on", "gives"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2030, 12, 31), True),
        (date(2031, 1, 1), False),
    ],
)
def test_pledge_gives_on_its_days(on, gives):
    """The first and the last day count; before and after nothing is given."""
    version = factories.make_pledge_version()

    assert (read_terms(version, on) is not None) is gives


def test_drafts_promise_nothing():
    """A version that is not published is nobody's terms."""
    assert read_terms(factories.make_pledge_version(is_published=False)) is None


def test_many_terms_take_one_statement(django_assert_num_queries):
    """A list page reads the terms of all its pledges at once; gaps are left out."""
    version = factories.make_pledge_version()

    with django_assert_num_queries(1):
        found = pledges.list_terms(pledge_ids=[version.pledge_id, 404, None], on=ON)

    assert list(found) == [version.pledge_id]


def test_no_pledges_take_no_statement(django_assert_num_queries):
    """A page without pledges asks nothing."""
    with django_assert_num_queries(0):
        assert pledges.list_terms(pledge_ids=[None], on=ON) == {}


def test_terms_of_a_sale_outlive_the_pledge():
    """What was promised at a sale can be read whatever is current."""
    version = factories.make_pledge_version()
    PledgeVersion.objects.update(is_current=False)

    terms = pledges.get_terms_by_version(pledge_version_id=version.pk)

    assert terms.pledge_version_id == version.pk


def test_unknown_version_is_an_error():
    """There are no terms without a version."""
    with pytest.raises(PledgeVersion.DoesNotExist):
        pledges.get_terms_by_version(pledge_version_id=404)


def test_quote_is_the_posted_share():
    """V1: the amount on the item page is the arithmetic of the ledger."""
    terms = read_terms(factories.make_pledge_version())

    shown = pledges.quote_share(terms=terms, price=Money(249900, "USD"))

    assert shown == Money(24990, "USD")


@pytest.mark.checklist("V4")
@pytest.mark.parametrize(
    ("mode", "quoted"), [("exclusive", (100000, 10000)), ("inclusive", (120000, 12000))]
)
def test_line_quote_follows_the_tax_mode(mode, quoted):
    """V4: the recorded tax is taken out of the base, or left in."""
    version = factories.make_pledge_version(currency="GBP", tax_mode=mode)
    terms = read_terms(version)

    found = pledges.quote_line(
        terms=terms,
        gross=Money(120000, "GBP"),
        discount=Money(0, "GBP"),
        tax=Money(20000, "GBP"),
    )

    assert found == quoted


def test_percentage_is_of_any_currency():
    """V16: a pledge in dollars gives its percentage of a price in yen, in yen."""
    terms = read_terms(factories.make_pledge_version())

    shown = pledges.quote_share(terms=terms, price=Money(98765, "JPY"))

    assert shown == Money(9877, "JPY")
    assert pledges.gives_in(terms=terms, currency="JPY")


def test_fixed_share_is_of_its_own_currency():
    """A fixed amount in dollars gives nothing of a price in euros."""
    terms = read_terms(factories.make_pledge_version(share_fixed_amount=2500))

    with pytest.raises(MixedCurrencyError, match=r"\$25.00 .* USD, .* EUR"):
        pledges.quote_share(terms=terms, price=Money(1, "EUR"))
    assert not pledges.gives_in(terms=terms, currency="EUR")
    assert pledges.gives_in(terms=terms, currency="USD")


def test_amounts_of_a_line_share_a_currency():
    """A price in dollars has no tax in euros."""
    terms = read_terms(factories.make_pledge_version())

    with pytest.raises(MixedCurrencyError, match="EUR and USD"):
        pledges.quote_line(
            terms=terms,
            gross=Money(1000, "USD"),
            discount=Money(0, "USD"),
            tax=Money(0, "EUR"),
        )


def test_fixed_share_reads_as_money():
    """A fixed share is printed as an amount."""
    terms = read_terms(factories.make_pledge_version(share_fixed_amount=2500))

    assert terms.percent_text == "$25.00"
