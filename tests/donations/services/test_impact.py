"""The public totals: due donations and ledger entries, nothing else."""

from datetime import UTC, date, datetime, timedelta

import pytest

from donations.domain.money import Money
from donations.models import Project
from donations.services import donations, impact, settlements
from tests import donations_factories as factories
from tests.donations import settling

AT = factories.AT
pytestmark = pytest.mark.django_db


def settle(version, at):
    """Pay everything payable of a pledge."""
    people = [factories.make_user(username=name) for name in ("ann", "bob")]
    settling.release(at)
    pk = settlements.draft_settlement(
        pledge_id=version.pledge_id, drafted_by_id=people[0].pk, at=at
    )
    settlement = settlements.Settlement.objects.get(pk=pk)
    settlements.approve_settlement(
        settlement_id=pk, approved_by_id=people[1].pk, digest=settlement.digest, at=at
    )
    settlements.confirm_settlement(settlement_id=pk, reference="BANK-1", at=at)


def read_one():
    """Return the totals of the only pledge."""
    (found,) = impact.read_totals().pledges
    return found


def test_shop_without_sales_has_given_nothing():
    """A published pledge shows zeros, not a gap."""
    factories.make_pledge_version()

    found = read_one()

    assert found.totals.set_aside == Money(0, "USD")
    assert found.quarters == ()


def test_nothing_published_is_nothing_shown():
    """A draft is not public."""
    factories.make_pledge_version(is_published=False)

    assert impact.read_totals() == impact.ImpactTotals(pledges=(), by_currency=())


def test_totals_tell_due_from_set_aside():
    """What waits is due, what is in the ledger is set aside."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, source="line:due", base_amount=1000)
    factories.make_donation(version=version, source="line:2", is_set_aside=True)

    totals = read_one().totals

    assert (totals.due, totals.set_aside) == (Money(100, "USD"), Money(24990, "USD"))
    assert totals.donation_count == 1


def test_reversed_is_taken_off():
    """A returned piece lowers what is set aside and is shown for itself."""
    version = factories.make_pledge_version(weights=(2, 1))
    factories.make_donation(version=version, is_set_aside=True)
    factories.make_donation(version=version, source="line:2", is_set_aside=True)
    donations.retarget_donation(source="line:1", base_amount=0, at=AT, cause="back")

    totals = read_one().totals

    assert totals.set_aside == Money(24990, "USD")
    assert totals.reversed == Money(24990, "USD")
    assert totals.donation_count == 2


def test_settled_is_part_of_set_aside():
    """Paying a beneficiary does not lower what was set aside in total."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settle(version, AT + timedelta(days=31))

    found = read_one()

    assert found.totals.settled == found.totals.set_aside == Money(24990, "USD")
    assert found.totals.unsettled == Money(0, "USD")
    (line,) = found.settlements
    assert (line.reference, line.amount) == ("BANK-1", Money(24990, "USD"))
    assert line.beneficiary_names == ("Feeding America",)


def test_quarters_follow_one_another():
    """Every quarter from the first entry to the last has its row, idle ones too."""
    version = factories.make_pledge_version()
    days = [datetime(2025, 11, 30, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)]
    for day in days:
        factories.make_donation(
            version=version, source=f"line:{day}", at=day, is_set_aside=True
        )

    quarters = read_one().quarters

    assert [(quarter.label, quarter.set_aside.amount) for quarter in quarters] == [
        ("2025 Q4", 24990),
        ("2026 Q1", 0),
        ("2026 Q2", 0),
        ("2026 Q3", 24990),
    ]
    assert quarters[0].starts_on == date(2025, 10, 1)


def test_quarters_are_the_hosts_own(settings):
    """The year ends at midnight where the merchant is."""
    settings.TIME_ZONE = "America/New_York"
    at = datetime(2026, 1, 1, 3, tzinfo=UTC)
    factories.make_donation(is_set_aside=True, at=at)

    (quarter,) = read_one().quarters

    assert quarter.label == "2025 Q4"


def test_currencies_are_never_added_up():
    """Totals over all pledges come by currency."""
    for slug, currency in (("a", "USD"), ("b", "USD"), ("c", "EUR")):
        version = factories.make_pledge_version(slug=slug, currency=currency)
        factories.make_donation(version=version, source=slug, is_set_aside=True)

    totals = impact.read_totals().by_currency

    assert [one.set_aside for one in totals] == [
        Money(49980, "USD"),
        Money(24990, "EUR"),
    ]


def test_pledge_gives_in_the_currency_of_the_sale():
    """Each currency of a pledge has its own sums and quarters, its own come first."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    for source, currency in (("line:yen", "JPY"), ("line:euro", "EUR")):
        factories.make_donation(
            version=version,
            source=source,
            currency=currency,
            is_set_aside=currency == "JPY",
        )

    found = read_one()

    assert [one.currency for one in found.by_currency] == ["USD", "EUR", "JPY"]
    dollars, euros, yen = (one.totals for one in found.by_currency)
    assert found.totals == dollars
    assert (euros.due, euros.set_aside) == (Money(24990, "EUR"), Money(0, "EUR"))
    assert yen.set_aside == Money(24990, "JPY")
    assert found.by_currency[2].quarters[0].set_aside == Money(24990, "JPY")
    assert impact.read_totals().by_currency == (dollars, euros, yen)


def test_held_donations_stay_set_aside():
    """A dispute that is open takes nothing off what is shown."""
    factories.make_donation(is_set_aside=True)
    donations.retarget_donation(
        source="line:1", base_amount=249_900, at=AT, cause="dispute", is_held=True
    )

    totals = read_one().totals

    assert (totals.set_aside, totals.reversed) == (Money(24990, "USD"), Money(0, "USD"))


def test_one_pledge_is_read_alone():
    """A pledge's page shows its own sums only."""
    for slug in ("a", "b"):
        version = factories.make_pledge_version(slug=slug)
        factories.make_donation(version=version, source=slug, is_set_aside=True)
        factories.make_donation(version=version, source=f"due {slug}")

    found = impact.read_pledge_totals(slug="b")

    assert found.terms.slug == "b"
    assert found.totals.set_aside == found.totals.due == Money(24990, "USD")


def test_unknown_pledge_is_an_error():
    """There are no totals of a pledge that nobody published."""
    factories.make_pledge_version(slug="draft", is_published=False)

    with pytest.raises(impact.PledgeNotFoundError, match="draft"):
        impact.read_pledge_totals(slug="draft")


def test_totals_take_nine_statements(django_assert_num_queries):
    """However much was given, a page waits for nine statements."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)

    with django_assert_num_queries(9):
        impact.read_totals()


def test_payments_are_published_as_they_arrive():
    """A payment shows the beneficiaries that were paid, and not the others."""
    version = factories.make_pledge_version(weights=(2, 1))
    factories.make_donation(version=version, is_set_aside=True)
    settlement = settling.approve(settling.draft(version))
    assert read_one().settlements == ()
    seen = []

    for part, reference in zip(settlement.parts.order_by("pk"), "AB", strict=True):
        settlements.confirm_part(
            part_id=part.pk, reference=reference, at=settling.LATER
        )
        (line,) = read_one().settlements
        seen.append((line.amount.amount, line.reference, line.beneficiary_names))

    assert seen == [
        (16660, "A", ("Feeding America",)),
        (24990, "A, B", ("Feeding America", "Fund 1")),
    ]


def test_projects_come_in_their_order():
    """The merchandiser decides which project comes first."""
    for position, title in ((2, "Hospital"), (1, "Center")):
        Project.objects.create(title=title, position=position, body="...")

    assert [project.title for project in impact.list_projects()] == [
        "Center",
        "Hospital",
    ]
