"""A closed period never opens again, and comes to what was promised, to the cent."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum

from donations.domain.ledger import EntryKind
from donations.models import Closing, Entry, StatementLine
from donations.services import audit, closings, donations, ledger, payloads
from tests import donations_factories as factories
from tests.donations import closing as closing_steps
from tests.donations import settling
from tests.donations.services.test_audit import alter, find

AT, AFTER, ENDS_ON = factories.AT, closing_steps.AFTER, closing_steps.ENDS_ON
NO_WINDOW = {"return_window_days": 0}
pytestmark = pytest.mark.django_db


def given(kind):
    """Return what entries of a kind added, by beneficiary's name."""
    rows = Entry.objects.filter(kind=kind).values_list(
        "credit__beneficiary__legal_name"
    )
    return dict(rows.annotate(Sum("amount")).order_by())


@pytest.mark.checklist("V18")
def test_v18_close_trues_up():
    """Weights 1, 1; donations 999, 1001, 1003: one minor unit moves at the close."""
    version = factories.make_pledge_version(weights=(1, 1))
    closing_steps.give(version, [9990, 10010, 10030])

    closing_steps.close_and_sign(version)

    (entry,) = Entry.objects.filter(kind=EntryKind.TRUE_UP)
    assert (entry.amount, entry.debit.beneficiary.legal_name) == (1, "Feeding America")
    assert entry.credit.beneficiary.legal_name == "Fund 1"
    assert entry.posted_at == datetime(2026, 3, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert find() == []


def test_second_close_trues_up_what_is_new():
    """What an earlier close moved counts; each period starts where the last ended."""
    version = factories.make_pledge_version(weights=(1, 1))
    closing_steps.give(version, [9990, 10010, 10030])
    first = closing_steps.close_and_sign(version)
    later = AFTER + timedelta(days=60)
    factories.make_donation(
        version=version, source="line:9", base_amount=20, is_set_aside=True, at=AFTER
    )

    second = closing_steps.close_and_sign(version, date(2026, 4, 30), later)

    assert (first.starts_on, first.number) == (version.starts_on, 1)
    assert (second.starts_on, second.number) == (date(2026, 4, 1), 2)
    assert Entry.objects.filter(kind=EntryKind.TRUE_UP).count() == 1
    assert find() == []


@pytest.mark.checklist("V11")
def test_v11_close_of_the_last_day_tops_up():
    """Minimum 500000, P 480001, weights 60, 40: 11999 + 8000, once and for all."""
    version = factories.make_pledge_version(
        weights=(60, 40), minimum_amount=500_000, **closing_steps.LAST_DAY
    )
    closing_steps.give(version, [4_800_010])

    closing_steps.close_and_sign(version)

    assert given(EntryKind.MINIMUM_TOP_UP) == {
        "Feeding America": 11_999,
        "Fund 1": 8000,
    }
    closing_steps.close_and_sign(version, date(2026, 4, 2), AFTER)
    assert sum(given(EntryKind.MINIMUM_TOP_UP).values()) == 19_999
    assert find() == []


def test_close_before_the_last_day_adds_no_minimum():
    """While a pledge runs its minimum may still be reached."""
    version = factories.make_pledge_version(minimum_amount=500_000)
    closing_steps.give(version, [1000])

    closing_steps.close_and_sign(version)

    assert not Entry.objects.filter(kind=EntryKind.MINIMUM_TOP_UP).exists()


def test_v15_debt_at_the_end_is_written_off():
    """Settled and then refunded in full, and the pledge is over: we bear 24990."""
    version = factories.make_pledge_version(**NO_WINDOW, **closing_steps.LAST_DAY)
    closing_steps.give(version, [249_900])
    settling.settle(version, at=AT + timedelta(days=3))
    donations.retarget_donation(
        source="line:1", base_amount=0, at=AT + timedelta(days=9), cause="refund"
    )

    closing_steps.close_and_sign(version)

    assert given(EntryKind.WRITE_OFF) == {"Feeding America": 24_990}
    assert not any(ledger.read_balances(accounts=Q(kind="payable")).values())
    assert find() == []


def test_debt_that_pending_donations_cover_stays():
    """What is set aside for the beneficiary nets the debt when it is released."""
    version = factories.make_pledge_version(**NO_WINDOW, **closing_steps.LAST_DAY)
    closing_steps.give(version, [249_900])
    settling.settle(version, at=AT + timedelta(days=3))
    factories.make_donation(
        version=version, source="line:2", base_amount=400_000, is_set_aside=True
    )
    donations.retarget_donation(
        source="line:1", base_amount=0, at=AT + timedelta(days=9), cause="refund"
    )

    closing_steps.close_and_sign(version)

    assert given(EntryKind.WRITE_OFF) == {}


def test_closed_period_refuses_entries():
    """Nothing is posted with a day that is closed; the next day is open."""
    version = factories.make_pledge_version()
    closing_steps.give(version, [1000])
    closing_steps.close_and_sign(version)
    late = factories.make_donation(version=version, source="late")
    last = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)

    with pytest.raises(ledger.PeriodClosedError, match="closed period"):
        donations.set_aside_donation(donation_id=late.pk, at=last)
    donations.set_aside_donation(donation_id=late.pk, at=last + timedelta(seconds=1))

    assert find() == []


def test_repetition_is_no_new_entry():
    """Posting what is stored already is no entry in a closed period."""
    version = factories.make_pledge_version()
    closing_steps.give(version, [1000])
    entry = Entry.objects.get()
    posting = _read_posting(entry)
    closing_steps.close_and_sign(version)

    ledger.post_entries(
        entries=[ledger.NewEntry(posting, donation_id=entry.donation_id)]
    )

    assert Entry.objects.count() == 1


def _read_posting(entry):
    ((_, posting),) = payloads.read_postings(entries=Entry.objects.filter(pk=entry.pk))
    return posting


def test_late_import_is_set_aside_later():
    """A sale of a closed period that comes in later is set aside when it is known."""
    version = factories.make_pledge_version()
    closing_steps.give(version, [1000])
    closing_steps.close_and_sign(version)
    factories.make_donation(version=version, source="late")

    dated_then = donations.set_aside_due(limit=9, at=AFTER, dated=donations.Dated.DUE)
    dated_now = donations.set_aside_due(limit=9, at=AFTER)

    assert (dated_then, dated_now) == (0, 1)
    assert find() == []


def test_day_must_have_passed():
    """A period closes once its last day is over, where the merchant is."""
    version = factories.make_pledge_version()
    midnight = datetime(2026, 4, 1, tzinfo=UTC)

    with pytest.raises(closings.PeriodNotOverError, match="is not over"):
        closing_steps.close(version, at=midnight - timedelta(seconds=1))
    closing_steps.close(version, at=midnight)


def test_closed_days_are_not_closed_again():
    """The next period begins after the last one; never before."""
    version = factories.make_pledge_version()
    closing_steps.close_and_sign(version)

    with pytest.raises(closings.PeriodNotOverError, match="begins on 2026-04-01"):
        closing_steps.close(version)


def test_unpublished_pledge_has_no_period():
    """What was never promised is not accounted for."""
    version = factories.make_pledge_version(is_published=False)

    with pytest.raises(closings.PeriodNotOverError, match="not published"):
        closing_steps.close(version)


def test_nothing_in_a_period_is_due():
    """A donation of the period that is due keeps it open, and one of later does not."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, source="later", at=AFTER)
    closing_steps.close(version)
    factories.make_donation(version=version, source="due")

    with pytest.raises(closings.DonationsDueError, match="1 donations"):
        closing_steps.close(version)


def test_second_person_signs():
    """Who closed a period cannot sign it, and the database refuses it, too."""
    closing = closing_steps.close(factories.make_pledge_version())

    with pytest.raises(closings.SamePersonError):
        closing_steps.sign(closing, signed_by_id=closing.closed_by_id)
    with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
        Closing.objects.update(signed_by=closing.closed_by_id, signed_at=AFTER)


def test_signature_covers_what_was_seen():
    """What changed since it was closed is not signed, and nothing is posted."""
    version = factories.make_pledge_version(weights=(1, 1))
    closing_steps.give(version, [9990, 10010])
    closing = closing_steps.close(version)
    closing_steps.give(version, [9990, 10010, 10030])

    with pytest.raises(closings.ClosingChangedError):
        closing_steps.sign(closing)

    assert not StatementLine.objects.exists()
    assert not Entry.objects.filter(kind=EntryKind.TRUE_UP).exists()
    again = closing_steps.close(version)
    assert (again.pk, again.digest == closing.digest) == (closing.pk, False)
    closing_steps.sign(again)


def test_blank_digest_signs_nothing():
    """A form without a digest is no signature."""
    closing = closing_steps.close(factories.make_pledge_version())

    with pytest.raises(closings.ClosingChangedError):
        closing_steps.sign(closing, digest="")


def test_signed_period_is_not_signed_again():
    """A second signature comes too late."""
    closing = closing_steps.close_and_sign(factories.make_pledge_version())

    with pytest.raises(closings.ClosingChangedError, match="signed already"):
        closing_steps.sign(closing)


def test_unsound_ledger_is_not_closed():
    """While the audit finds something, nobody signs."""
    version = factories.make_pledge_version()
    closing_steps.give(version, [1000])
    closing = closing_steps.close(version)
    alter(Entry.objects.all(), amount=1)

    with pytest.raises(closings.LedgerUnsoundError, match="payload digest differs"):
        closing_steps.sign(closing)


def test_statement_is_told_before_it_is_signed():
    """Whoever signs can read the lines; they are those that are stored."""
    version = factories.make_pledge_version()
    closing_steps.give(version, [1000])
    closing = closing_steps.close(version)

    lines = list(closings.read_draft(closing_id=closing.pk))

    closing_steps.sign(closing)
    stored = StatementLine.objects.order_by("position")
    assert lines == list(stored.values_list("content", flat=True))


def test_counter_counts_what_closes_add():
    """The public counter has the minimum and the write-off, as the ledger does."""
    version = factories.make_pledge_version(
        minimum_amount=500_000, **closing_steps.LAST_DAY
    )
    closing_steps.give(version, [1000])

    closing_steps.close_and_sign(version)

    assert list(audit.audit_ledger()) == []
