"""What a pledge's donations hold never passes its cap, and fills it when it can."""

from datetime import timedelta

import pytest

from donations.domain import ledger as rules
from donations.models import Donation, Entry, Pledge
from donations.services import caps, donations, ledger
from tests import donations_factories as factories
from tests.donations import capping

AT = factories.AT
V9 = (60_000, 30_000, 24_990, 5_000)
pytestmark = pytest.mark.django_db


@pytest.mark.checklist("V9")
def test_setting_aside_stops_at_the_cap():
    """V9: the third donation gets what is left, the fourth nothing."""
    capping.sell(*V9)

    assert capping.read_posted() == [60_000, 30_000, 10_000, 0]
    assert Pledge.objects.get().posted_amount == 100_000
    assert {row.status for row in Donation.objects.all()} == {"set_aside"}
    assert [amount for *_, amount in capping.read_entries()] == [60_000, 30_000, 10_000]


@pytest.mark.checklist("V10")
def test_fall_refills_in_order():
    """V10: what the first gives back goes to those that were cut, in their order."""
    capping.sell(*V9)
    last = Entry.objects.latest("pk").pk

    capping.retarget(0, 20_000)

    assert capping.read_posted() == [20_000, 30_000, 24_990, 5_000]
    assert capping.read_entries(after=last) == [
        ("reverse", "pending", "donation", 40_000),
        ("refill", "donation", "pending", 14_990),
        ("refill", "donation", "pending", 5_000),
    ]
    assert Pledge.objects.get().posted_amount == 79_990


@pytest.mark.checklist("V8")
def test_entries_of_a_fall_have_signs():
    """V8: of three beneficiaries one rises by one while the total falls by one."""
    capping.sell(24_991, weights=(5, 25, 70))
    last = Entry.objects.latest("pk").pk

    capping.retarget(0, 24_990)

    assert capping.read_entries(after=last) == [
        ("refill", "donation", "pending", 1),
        ("reverse", "pending", "donation", 1),
        ("reverse", "pending", "donation", 1),
    ]


def test_sweep_sets_aside_under_the_cap(settings):
    """A sweep in small chunks ends as one donation after the other does."""
    settings.DONATIONS = {**settings.DONATIONS, "SWEEP_CHUNK": 3}
    capping.sell(*V9, is_set_aside=False)

    done = donations.set_aside_due(limit=9, at=AT + timedelta(days=1))

    assert done == 4
    assert capping.read_posted() == [60_000, 30_000, 10_000, 0]


def test_sweep_keeps_its_limit_and_moment():
    """Pledges with and without a cap share one limit; old sales keep their moment."""
    version = capping.sell(8_000, 7_000, cap=10_000, is_set_aside=False)
    other = factories.make_pledge_version(slug="other")
    factories.make_donation(version=other, source="line:other")
    later = AT + timedelta(days=1)

    done = [
        donations.set_aside_due(limit=2, at=later, dated=donations.Dated.DUE)
        for _ in range(2)
    ]

    assert done == [2, 1]
    rows = Donation.objects.filter(pledge_version=version)
    assert [row.set_aside_at for row in rows.order_by("pk")] == [
        AT,
        AT + timedelta(minutes=1),
    ]
    moments = Entry.objects.filter(donation__in=rows).order_by("pk")
    assert [row.posted_at for row in moments] == [AT, AT + timedelta(minutes=1)]


def test_sweep_leaves_what_the_ledger_refuses():
    """One donation whose key is taken is left; others of the pledge are set aside."""
    version = capping.sell(8_000, 7_000, is_set_aside=False)
    bad = Donation.objects.get(source="line:0")
    beneficiary_id = version.shares.get().beneficiary_id
    batch = f"{bad.uuid}:2"
    posting = rules.Posting(
        kind=rules.EntryKind.SET_ASIDE,
        debit=f"donation:USD:p{version.pledge_id}",
        credit=f"pending:USD:p{version.pledge_id}:b{beneficiary_id}",
        amount=1,
        currency="USD",
        batch=batch,
        key=f"{batch}:0",
        posted_at=AT,
    )
    ledger.post_entries(entries=[ledger.NewEntry(posting=posting)])

    done = donations.set_aside_due(limit=9, at=AT + timedelta(days=1))

    assert done == 1
    assert [row.source for row in Donation.objects.due()] == ["line:0"]
    assert Pledge.objects.get().posted_amount == 7_000


def test_failed_refund_takes_what_is_left():
    """A target that rises again gets what others have left of the cap."""
    capping.sell(8_000, 7_000, cap=10_000)
    capping.retarget(0, 0)

    capping.retarget(0, 8_000)

    assert capping.read_posted() == [3_000, 7_000]
    assert Donation.objects.get(source="line:0").status == "set_aside"


def test_failed_refund_may_find_nothing_left():
    """A donation that comes back to a cap that is full waits for the next fall."""
    capping.sell(8_000, 12_000, cap=10_000)
    capping.retarget(0, 0)
    capping.retarget(0, 8_000)
    assert capping.read_posted() == [0, 10_000]

    capping.retarget(1, 0)

    assert capping.read_posted() == [8_000, 0]


def test_fall_within_what_was_cut_posts_nothing():
    """A donation that holds less than its new target gives nothing back."""
    capping.sell(8_000, 7_000, cap=10_000)
    last = Entry.objects.latest("pk").pk

    capping.retarget(1, 2_500)

    assert capping.read_posted() == [8_000, 2_000]
    assert capping.read_entries(after=last) == []


def test_several_changes_share_one_room():
    """What one line of a sale gives back another one of the same call may take."""
    capping.sell(8_000, 7_000, 6_000, cap=10_000)

    donations.retarget_donations(
        changes=[
            donations.BaseChange("line:0", 0, AT, "back"),
            donations.BaseChange("line:2", 50_000, AT, "refund"),
        ]
    )

    assert capping.read_posted() == [0, 7_000, 3_000]


def test_refill_goes_where_the_donation_is():
    """What is held is refilled to held; once the dispute is won, all of it goes on."""
    capping.sell(8_000, 7_000, cap=10_000)
    capping.retarget(1, 7_000, is_held=True)
    last = Entry.objects.latest("pk").pk

    capping.retarget(0, 0)
    capping.retarget(1, 7_000)

    assert capping.read_posted() == [0, 7_000]
    assert capping.read_entries(after=last) == [
        ("reverse", "pending", "donation", 8_000),
        ("refill", "donation", "held", 5_000),
        ("unhold", "held", "pending", 7_000),
    ]


def test_held_donations_count():
    """A donation that a dispute holds takes room all the same, from the start on."""
    capping.sell(8_000, 7_000, cap=10_000, is_set_aside=False)
    capping.retarget(0, 8_000, is_held=True)

    donations.set_aside_due(limit=9, at=AT + timedelta(days=1))

    assert capping.read_posted() == [8_000, 2_000]
    assert capping.read_entries()[:2] == [
        ("set_aside", "donation", "pending", 8_000),
        ("hold", "pending", "held", 8_000),
    ]


def test_refill_answers_the_first_entry():
    """What fills and empties a donation names the entry that first filled it."""
    capping.sell(8_000, 7_000, cap=8_000)
    capping.retarget(0, 4_000)
    capping.retarget(0, 0)
    capping.retarget(1, 0)

    first, *later = Entry.objects.filter(donation__source="line:1").order_by("pk")
    assert [(row.kind, row.answers_id) for row in (first, *later)] == [
        ("refill", None),
        ("refill", first.pk),
        ("reverse", first.pk),
    ]
    assert first.note == "room under the cap: refund 1"


def test_refilled_donations_are_announced(
    announced, django_capture_on_commit_callbacks
):
    """A host hears of those that fell and of those that were refilled."""
    capping.sell(8_000, 7_000, cap=10_000)
    fallen, refilled = Donation.objects.order_by("pk").values_list("pk", flat=True)

    with django_capture_on_commit_callbacks(execute=True):
        capping.retarget(0, 0)

    assert announced["donation_changed"] == [fallen, refilled]


def test_refills_come_in_chunks(monkeypatch):
    """However many were cut, few of them are in memory at a time."""
    monkeypatch.setattr(caps, "_CHUNK", 2)
    capping.sell(9_000, *[1_000] * 7, cap=9_000)

    capping.retarget(0, 3_500)

    assert capping.read_posted() == [3_500, *[1_000] * 5, 500, 0]


def test_due_donations_share_what_is_left():
    """What is due is shown as it will be set aside, the oldest with all of its own."""
    version = factories.make_pledge_version(cap_amount=1_500)
    for number in range(3):
        factories.make_donation(
            version=version, source=f"line:{number}", base_amount=10_000
        )

    states = donations.list_by_source(sources=[f"line:{n}" for n in range(3)])

    given = [states[f"line:{number}"].given.amount for number in range(3)]
    assert given == [1_000, 500, 0]
