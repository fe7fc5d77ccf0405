"""Section 5 of the donation rules, from the release to the money, as data."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest
from django.db.models import Q

from donations.models import Account, Donation, Entry, Settlement
from donations.services import (
    audit,
    donations,
    ledger,
    publication,
    releases,
    settlement_schedule,
)
from tests import donations_factories as factories
from tests.donations import settling

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Payment:
    """What is given, in what multiples it can be paid, and what that comes to."""

    currency: str
    base: int
    given: int
    paid: int
    kept: int
    steps: dict = field(default_factory=dict)


PAYMENTS = {
    "V1": Payment("USD", 249900, 24990, 24990, 0),
    "V16 yen": Payment("JPY", 98765, 9877, 9877, 0),
    "V16 dinars": Payment("KWD", 98765, 9877, 9870, 7, steps={"KWD": 10}),
}


def read_payable():
    """Return what is payable to all beneficiaries together."""
    return sum(ledger.read_balances(accounts=Q(kind="payable")).values())


@pytest.mark.checklist("V16")
@pytest.mark.parametrize("example", PAYMENTS.values(), ids=PAYMENTS.keys())
def test_example_is_paid_in_its_multiples(example, settings):
    """V16: exponents 0 and 3 as well as 2; what a rail cannot pay stays payable."""
    settings.DONATIONS = {**settings.DONATIONS, "SETTLEMENT_STEPS": example.steps}
    version = factories.make_pledge_version(currency=example.currency)
    donation = factories.make_donation(
        version=version, base_amount=example.base, is_set_aside=True
    )

    settlement = settling.settle(version)

    assert donation.posted_amount == example.given
    assert (settlement.amount, read_payable()) == (example.paid, example.kept)
    assert list(audit.audit_ledger()) == []


def noon(day):
    """Return noon of a day of March 2026."""
    return datetime(2026, 3, day, 12, tzinfo=UTC)


def make_british(**terms):
    """Make the pledge of V22: two weeks for a return, settled on Fridays."""
    terms = {"return_window_days": 14, "settlement_cadence": "weekly", **terms}
    return factories.make_pledge_version(territories=["GB"], **terms)


@pytest.mark.checklist("V22")
def test_example_v22_keeps_its_dates():
    """V22: paid 03-02, shipped 03-04: released 03-18, drafted 03-20, law 03-30."""
    factories.make_donation(
        version=make_british(), is_set_aside=True, is_shipped=False, at=noon(2)
    )
    donations.record_shipment(sources=["line:1"], shipped_at=noon(4))

    released, drafted = [], []
    for day in range(1, 31):
        if releases.release_due(limit=9, at=noon(day)):
            released.append(day)
        if settlement_schedule.draft_due_settlements(at=noon(day)):
            drafted.append(day)

    assert (released, drafted) == ([18], [20])
    assert Donation.objects.get().deadline_on == date(2026, 3, 30)
    assert Settlement.objects.get().amount == 24990


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"return_window_days": 29}, "the return window ends after the GB deadline"),
        ({"settlement_cadence": "monthly"}, "settle more often than monthly"),
    ],
)
def test_example_v22_refuses_what_would_be_late(terms, words):
    """V22: a window or cadence past the deadline needs a longer period, agreed."""
    with pytest.raises(publication.PublicationRefusedError, match=words):
        make_british(**terms)

    agreed = make_british(slug="agreed", agreed_period_days=60, **terms)

    assert agreed.is_published


@pytest.mark.checklist("M7", "V15")
def test_example_v15_nets_its_carry():
    """V15: 24990 paid, refunded in full; of the next 40000 the carry is kept back."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.settle(version)
    settling.retarget(0)
    assert read_payable() == -24990

    factories.make_donation(
        version=version, source="line:2", base_amount=400_000, is_set_aside=True
    )
    following = settling.settle(version)

    assert Entry.objects.filter(kind="release").latest("pk").amount == 40000
    assert (following.amount, read_payable()) == (15010, 0)
    assert Account.objects.filter(kind="in_transit").count() == 2
    assert list(audit.audit_ledger()) == []
