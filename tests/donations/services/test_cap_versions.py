"""A cap belongs to the current version: raising, lifting, guarding, auditing it."""

import pytest
from django.db import connection

from donations.models import Donation, Entry, Pledge, PledgeVersion
from donations.services import audit, caps, donations, pledges, publication, targets
from tests import donations_factories as factories
from tests.donations import capping

AT = factories.AT
V9 = (60_000, 30_000, 24_990, 5_000)
pytestmark = pytest.mark.django_db


def test_higher_cap_refills():
    """A published version with a higher cap gives those that were cut their part."""
    version = capping.sell(*V9)

    capping.publish_next(version, cap_amount=110_000)

    assert capping.read_posted() == [60_000, 30_000, 20_000, 0]


def test_lifted_cap_posts_everything():
    """Without a cap every donation gets all of its target, and no sum is kept."""
    version = capping.sell(*V9)

    lifted = capping.publish_next(version, cap_amount=None)
    factories.make_donation(version=lifted, source="line:new", is_set_aside=True)

    assert capping.read_posted() == [*V9, 24_990]
    assert Pledge.objects.get().posted_amount is None


def test_first_cap_counts_what_was_given():
    """A pledge that gave without a cap may get one that is not passed already."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)

    capped = capping.publish_next(version, cap_amount=30_000)
    factories.make_donation(version=capped, source="line:2", is_set_aside=True)
    factories.make_donation(version=version, source="line:3", is_set_aside=True)

    assert capping.read_posted() == [24_990, 5_010, 0]


@pytest.mark.parametrize("is_capped", [True, False])
def test_cap_below_what_is_posted_is_refused(is_capped):
    """Nobody takes back by a cap what was given already."""
    first_cap = 50_000 if is_capped else None
    version = factories.make_pledge_version(cap_amount=first_cap)
    factories.make_donation(version=version, is_set_aside=True)

    with pytest.raises(publication.PublicationRefusedError, match=r"\$249\.90"):
        capping.publish_next(version, cap_amount=24_989)

    assert PledgeVersion.objects.get(is_current=True).cap_amount == first_cap
    assert publish_next_is_fine(version, cap_amount=24_990)


def publish_next_is_fine(version, **terms):
    """Publish the draft that is there after all."""
    draft = PledgeVersion.objects.get(pledge=version.pledge_id, published_at=None)
    PledgeVersion.objects.filter(pk=draft.pk).update(**terms)
    return publication.publish_pledge_version(pledge_version_id=draft.pk, at=AT)


def test_other_currencies_and_a_cap_do_not_mix():
    """A pledge that gave in another currency cannot promise a limit in its own."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, currency="EUR")

    with pytest.raises(publication.PublicationRefusedError, match="gave in EUR"):
        capping.publish_next(version, cap_amount=24_990)


def test_capped_pledge_gives_in_its_own_currency():
    """A sale in another currency promises nothing under a cap, and owes nothing."""
    version = factories.make_pledge_version(cap_amount=100)
    terms = pledges.get_terms(pledge_id=version.pledge_id, on=AT.date())

    assert pledges.gives_in(terms=terms, currency="USD")
    assert not pledges.gives_in(terms=terms, currency="EUR")
    with pytest.raises(donations.ShareMismatchError):
        factories.make_donation(version=version, currency="EUR")


def test_late_sale_of_an_open_version_is_given_in_full():
    """What was sold in another currency before the cap is not counted by it."""
    version = factories.make_pledge_version()
    capping.publish_next(version, cap_amount=100)

    factories.make_donation(version=version, currency="EUR", is_set_aside=True)
    donations.retarget_donation(
        source="line:1", base_amount=100_000, at=AT, cause="refund"
    )

    assert capping.read_posted() == [10_000]
    assert Pledge.objects.get().posted_amount == 0


def test_terms_say_what_is_left():
    """Whoever prints a promise learns what a purchase still adds."""
    version = capping.sell(8_000, cap=10_000)

    terms = pledges.get_terms(pledge_id=version.pledge_id, on=AT.date())

    assert terms.left_amount == 2_000
    cuts = [
        pledges.cut_share(terms=terms, share_amount=1_500, given_amount=given)
        for given in (0, 1_500, 3_000)
    ]
    assert cuts == [1_500, 500, 0]


def test_terms_without_a_cap_leave_all():
    """Without a cap nothing is cut."""
    version = factories.make_pledge_version()

    terms = pledges.get_terms(pledge_id=version.pledge_id, on=AT.date())

    assert terms.left_amount is None
    assert pledges.cut_share(terms=terms, share_amount=9) == 9


def test_cap_takes_few_statements(django_assert_num_queries):
    """Under a cap setting aside takes eight more, and the savepoint of the test."""
    capping.sell(8_000, 7_000, is_set_aside=False)

    with django_assert_num_queries(15 + 2):
        donations.set_aside_donation(donation_id=Donation.objects.first().pk, at=AT)


def test_uncapped_changes_take_no_lock(django_assert_num_queries):
    """A change without a cap asks for shares, rows, first entries, and posts."""
    factories.make_donation(is_set_aside=True)

    with django_assert_num_queries(8 + 2) as seen:
        donations.retarget_donation(source="line:1", base_amount=0, at=AT, cause="back")

    locking = [one["sql"] for one in seen if "FOR" in one["sql"].split()]
    assert len(locking) == 1
    assert "donations_pledge" not in locking[0].replace("donations_pledgeversion", "")


def test_lost_race_posts_nothing():
    """A sum that another process changed in between is not overwritten."""
    version = capping.sell(8_000, is_set_aside=False)

    def change_first(execute, sql, params, many, context):
        if sql.startswith('UPDATE "donations_pledge" '):
            with connection.cursor() as cursor:
                cursor.cursor.execute("UPDATE donations_pledge SET posted_amount = 1")
        return execute(sql, params, many, context)

    with (
        connection.execute_wrapper(change_first),
        pytest.raises(caps.CapChangedError, match=str(version.pledge_id)),
    ):
        donations.set_aside_donation(donation_id=Donation.objects.get().pk, at=AT)

    assert not Entry.objects.exists()


def test_worker_leaves_what_a_lifted_cap_left():
    """A worker that finds the cap lifted posts nothing; the sweep comes after it."""
    capping.sell(8_000, is_set_aside=False)

    def lift_first(execute, sql, params, many, context):
        if "FOR NO KEY UPDATE" in sql:
            with connection.cursor() as cursor:
                cursor.cursor.execute(
                    "UPDATE donations_pledge SET posted_amount = NULL"
                )
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lift_first):
        pk = Donation.objects.get().pk
        assert not donations.set_aside_donation(donation_id=pk, at=AT)

    assert Donation.objects.get().status == "due"


def test_change_that_meets_a_first_cap_is_refused():
    """A change that was read without a cap is not stored under one."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)

    def cap_first(execute, sql, params, many, context):
        if sql.startswith('UPDATE "donations_donation"'):
            with connection.cursor() as cursor:
                cursor.cursor.execute("UPDATE donations_pledge SET posted_amount = 0")
        return execute(sql, params, many, context)

    with (
        connection.execute_wrapper(cap_first),
        pytest.raises(targets.StaleDonationError),
    ):
        capping.retarget(1, 10)


@pytest.mark.parametrize(
    ("kept", "posted", "words"),
    [
        (7, 9_000, "the sum that it keeps is 7, its cap 10000, and 9000 USD is posted"),
        (None, 9_000, "the sum that it keeps is None"),
        (8_000, 8_000, "8000 USD is posted, but its cap 10000 and the targets of 9000"),
    ],
)
def test_audit_names_the_pledge(kept, posted, words):
    """The audit rebuilds the sum and compares it with the cap and the targets."""
    version = capping.sell(9_000, cap=10_000)
    Pledge.objects.update(posted_amount=kept)
    Donation.objects.update(posted_amount=posted)

    (found,) = [one for one in audit.audit_ledger() if one.rule == "cap"]

    assert found.row == f"pledge {version.pledge_id}"
    assert found.detail.startswith(words)


def test_audit_misses_a_sum_without_a_cap():
    """A pledge without a cap keeps no sum."""
    factories.make_pledge_version()
    Pledge.objects.update(posted_amount=0)

    assert [one.rule for one in audit.audit_ledger()] == ["cap"]
