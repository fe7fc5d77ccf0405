"""Every change of a sale posts the target less what is posted, and nothing else."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from donations.domain.share import InvalidPriceError
from donations.models import Donation, Entry
from donations.services import audit, donations, targets
from tests import donations_factories as factories

AT = factories.AT
pytestmark = pytest.mark.django_db


def retarget(base_amount, source="line:1"):
    """Bring a donation to what is left of its base."""
    return donations.retarget_donation(
        source=source, base_amount=base_amount, at=AT, cause="refund 1"
    )


def read_moves():
    """Return the kind, direction and amount of every entry."""
    return list(
        Entry.objects.order_by("pk").values_list("kind", "debit__kind", "amount")
    )


def test_returned_piece_is_reversed():
    """V6: of three pieces at a fixed share one comes back, two stay."""
    version = factories.make_pledge_version(share_fixed_amount=2500)
    for number in range(3):
        factories.make_donation(
            version=version, source=f"line:{number}", is_set_aside=True
        )

    change = retarget(0, source="line:1")

    assert change == -2500
    assert sum(d.posted_amount for d in Donation.objects.all()) == 5000
    assert read_moves()[-1] == ("reverse", "pending", 2500)


def test_refund_posts_the_difference():
    """V13: each partial refund reverses exactly what its target lost."""
    factories.make_donation(is_set_aside=True)

    changes = [retarget(base) for base in (203623, 111067, 0)]

    assert changes == [-4627, -9256, -11107]
    assert Donation.objects.get().status == "reversed"


def test_failed_refund_is_posted_again():
    """V13b: a refund that fails after all brings its share back."""
    factories.make_donation(is_set_aside=True)
    retarget(203623)

    change = retarget(249900)

    assert change == 4627
    assert read_moves()[-1] == ("refill", "donation", 4627)
    assert Donation.objects.get().target_amount == 24990


def test_one_beneficiary_may_rise_as_total_falls():
    """V8: the total falls by one, a beneficiary rises by one: both are posted."""
    version = factories.make_pledge_version(weights=(5, 25, 70))
    factories.make_donation(version=version, base_amount=249_910, is_set_aside=True)

    retarget(249_900)

    moves = Entry.objects.order_by("pk").values_list(
        "kind", "debit__beneficiary", "credit__beneficiary", "amount"
    )[3:]
    assert [(kind, amount) for kind, *_, amount in moves] == [
        ("refill", 1),
        ("reverse", 1),
        ("reverse", 1),
    ]


def test_repeating_a_change_posts_nothing():
    """V20: the same event three times is one posting."""
    factories.make_donation(is_set_aside=True)

    changes = [retarget(203623) for _ in range(3)]

    assert changes == [-4627, 0, 0]
    assert len(read_moves()) == 2


def test_reversing_entry_answers_the_first():
    """A reverse names the entry that it takes back, and why."""
    factories.make_donation(is_set_aside=True)

    retarget(0)

    first, reverse = Entry.objects.order_by("pk")
    assert (reverse.answers, reverse.note) == (first, "refund 1")


def test_due_donation_changes_without_entries():
    """What is not in the ledger yet has nothing to reverse there."""
    donation = factories.make_donation()

    retarget(100_000)
    donations.set_aside_donation(donation_id=donation.pk, at=AT)

    assert read_moves() == [("set_aside", "donation", 10_000)]


def test_due_donation_returned_is_never_set_aside():
    """A piece that comes back before its donation was posted leaves no entry."""
    donation = factories.make_donation()

    retarget(0)

    assert not donations.set_aside_donation(donation_id=donation.pk, at=AT)
    assert read_moves() == []


def test_return_undone_makes_due_again():
    """A return that fails before anything was posted is due again."""
    donation = factories.make_donation()
    retarget(0)

    retarget(249_900)

    assert Donation.objects.get().status == "due"
    assert donations.set_aside_donation(donation_id=donation.pk, at=AT)


def test_many_changes_go_together():
    """Changes of many sales are one transaction, each with its own moment."""
    version = factories.make_pledge_version()
    sources = [f"line:{number}" for number in range(3)]
    for source in sources:
        factories.make_donation(version=version, source=source, is_set_aside=True)

    changes = donations.retarget_donations(
        changes=[
            targets.BaseChange(source=source, base_amount=0, at=AT, cause="refund")
            for source in sources
        ]
    )

    assert changes == [-24990] * 3
    assert not Donation.objects.exclude(status="reversed").exists()


@pytest.mark.parametrize("base", [249_901, 10**12])
def test_sale_does_not_grow(base):
    """A base above what was sold is refused."""
    factories.make_donation(is_set_aside=True)

    with pytest.raises(targets.BaseTooLargeError, match="line:1"):
        retarget(base)


def test_negative_base_is_refused():
    """More than everything cannot come back."""
    factories.make_donation(is_set_aside=True)

    with pytest.raises(InvalidPriceError):
        retarget(-1)


def test_unknown_source_is_named():
    """A change of a line that gives nothing is a mistake."""
    with pytest.raises(targets.DonationNotFoundError, match="line:1"):
        retarget(0)


def test_source_comes_once_a_call():
    """Two changes of one line in one call have no order."""
    factories.make_donation()
    change = targets.BaseChange(source="line:1", base_amount=0, at=AT, cause="x")

    with pytest.raises(ValueError, match="twice"):
        donations.retarget_donations(changes=[change, change])


def test_stale_change_posts_nothing():
    """A row that another process changed in between is not overwritten."""
    donation = factories.make_donation(is_set_aside=True)

    def change_first(execute, sql, params, many, context):
        if sql.startswith('UPDATE "donations_donation"'):
            with connection.cursor() as cursor:
                cursor.cursor.execute(
                    "UPDATE donations_donation SET revision = revision + 1"
                )
        return execute(sql, params, many, context)

    with (
        connection.execute_wrapper(change_first),
        pytest.raises(targets.StaleDonationError, match="revision 1"),
    ):
        retarget(0)

    donation.refresh_from_db()
    assert donation.posted_amount == 24990


class TestAnyChanges(TestCase):
    """What holds after any changes of any sale."""

    # Each example writes some dozens of rows; a few say enough.
    @settings(max_examples=25)
    @given(
        base=st.integers(1, 10**9),
        weights=st.lists(st.integers(1, 100), min_size=1, max_size=4),
        parts=st.lists(st.integers(0, 100), max_size=4),
    )
    def test_every_balance_is_restored(self, base, weights, parts):
        """After each change the ledger holds the target; after the last, nothing."""
        version = factories.make_pledge_version(weights=tuple(weights))
        factories.make_donation(version=version, base_amount=base, is_set_aside=True)

        for part in [*parts, 0]:
            retarget(base * part // 100)
            assert list(audit.audit_ledger()) == []

        assert Donation.objects.get().posted_amount == 0
