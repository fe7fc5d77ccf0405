"""Parts with a rail are sent once, by whoever comes first, until they are paid."""

from datetime import timedelta

import pytest
from django.db import connection

from donations.models import Donation, Entry, SettlementPart
from donations.services import audit, rails, sending
from tests import donations_factories as factories
from tests.donations import settling

LATER = settling.LATER
REFUSED = rails.Outcome(is_paid=False, problem="transfers are inactive")
pytestmark = pytest.mark.django_db


@pytest.fixture
def part(book):
    """An approved part of 249.90 that a rail pays."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.put_on_rail()
    return settling.approve(settling.draft(version)).parts.get()


def send(part, **after):
    """Send the part, some time after the approval; return what it is then."""
    sending.send_part(part_id=part.pk, at=LATER + timedelta(**after))
    part.refresh_from_db()
    return part


def sum_in_transit():
    """Return what is on its way: instructed and not confirmed."""
    amounts = dict(Entry.objects.values_list("kind", "amount"))
    return amounts["instruct"] - amounts.get("confirm", 0)


def test_part_is_paid_by_its_rail(part, book):
    """The rail is told whom to pay what; the part and its settlement are paid."""
    assert sending.send_part(part_id=part.pk, at=LATER) is True

    (instruction,) = book.paid.values()
    assert (instruction.account, instruction.amount, instruction.currency) == (
        "acct_1",
        24990,
        "USD",
    )
    assert [(line.source, line.amount) for line in book.lines] == [("line:1", 24990)]
    part.refresh_from_db()
    assert (part.reference, part.paid_at) == ("fake_1", LATER)
    assert part.settlement.status == "paid"
    assert Donation.objects.get().status == "settled"
    assert list(audit.audit_ledger()) == []


def test_paid_part_is_left_alone(part, book):
    """A nudge that comes twice pays once."""
    send(part)

    assert sending.send_part(part_id=part.pk, at=LATER + timedelta(days=9)) is False
    assert len(book.asked) == 1


@pytest.mark.checklist("T4")
def test_refused_part_is_still_owed(part, book):
    """What a rail refuses stays in transit, with the reason in words."""
    book.faults = [REFUSED]

    send(part)

    assert (part.problem, part.paid_at) == ("transfers are inactive", None)
    assert sum_in_transit() == 24990
    assert part.settlement.status == "approved"
    assert list(audit.audit_ledger()) == []


def test_waits_grow(part, book):
    """Each try waits twice as long as the one before, a day at most."""
    book.faults = [REFUSED] * 15
    waits = []

    for _ in range(15):
        at = part.next_try_at
        sending.send_part(part_id=part.pk, at=at)
        part.refresh_from_db()
        waits.append((part.next_try_at - at).total_seconds())

    assert waits[:3] == [60, 120, 240]
    assert waits[-2:] == [86400, 86400]


def test_turn_must_have_come(part, book):
    """A part that is to be tried later is not tried now."""
    book.faults = [REFUSED]
    send(part)

    send(part, seconds=59)
    send(part, seconds=60)

    assert len(book.asked) == 2
    assert (part.problem, part.paid_at) == ("", LATER + timedelta(seconds=60))


def test_lost_answer_pays_once(part, book):
    """A rail that paid and could not say so is asked again under the same key."""
    book.faults = [rails.RailUnavailableError("reset")]

    send(part)
    assert (part.paid_at, part.problem, sum_in_transit()) == (None, "", 24990)
    send(part, minutes=5)

    assert len(book.asked) == 2
    assert len(book.paid) == 1
    assert sum_in_transit() == 0


def test_silent_rail_leaves_the_problem(part, book):
    """What was wrong before is shown until the rail answers again."""
    book.faults = [REFUSED, rails.RailUnavailableError("reset")]

    send(part)
    send(part, minutes=5)

    assert part.problem == "transfers are inactive"


def test_dead_worker_is_followed(part, book):
    """A worker that died over a part is followed by another, not at once."""
    book.faults = [RuntimeError("killed")]
    with pytest.raises(RuntimeError):
        send(part)

    send(part, minutes=14)
    assert len(book.asked) == 1
    send(part, minutes=15)

    assert sum_in_transit() == 0


def test_removed_rail_is_a_problem(part, settings):
    """A rail that left the settings on the way is told on the part."""
    settings.DONATIONS = {**settings.DONATIONS, "RAILS": {}}

    send(part)

    assert part.problem == 'DONATIONS["RAILS"] has no "fake"'


def test_long_problem_is_cut(part, book):
    """Whatever a rail has to say, its problem fits in the row."""
    book.faults = [rails.Outcome(is_paid=False, problem="x" * 999)]

    assert send(part).problem == "x" * 200


def test_nameless_payment_goes_by_its_key(part, book):
    """A rail that names nothing keeps no money waiting."""
    book.reference = ""

    assert send(part).reference == book.asked[0].key


def test_bank_is_never_sent(book):
    """What a person pays is not sent by anybody."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    part = settling.approve(settling.draft(version)).parts.get()
    SettlementPart.objects.update(next_try_at=LATER)

    assert sending.send_part(part_id=part.pk, at=LATER) is False
    assert sending.find_unsent(older_than=LATER, limit=9) == []


def test_drafted_part_is_never_sent(book):
    """Nothing leaves before a second person approved it."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.put_on_rail()
    part = settling.draft(version).parts.get()
    SettlementPart.objects.update(next_try_at=LATER)

    assert sending.send_part(part_id=part.pk, at=LATER) is False
    assert book.asked == []


def test_two_workers_ask_once(part, book):
    """Of two workers that come at once, one asks the rail."""

    def take_first(execute, sql, params, many, context):
        if sql.startswith('UPDATE "donations_settlementpart"'):
            with connection.cursor() as cursor:
                cursor.cursor.execute(
                    "UPDATE donations_settlementpart SET tries = tries + 1"
                )
        return execute(sql, params, many, context)

    with connection.execute_wrapper(take_first):
        assert sending.send_part(part_id=part.pk, at=LATER) is False

    assert book.asked == []


def test_late_answer_changes_no_later_try(part, book):
    """A worker that was slow leaves the part to whoever took it after."""
    much_later = LATER + timedelta(days=2)

    def be_overtaken():
        SettlementPart.objects.update(tries=7, next_try_at=much_later, problem="new")
        raise rails.RailUnavailableError("too late")

    book.faults = [be_overtaken]

    send(part)

    assert (part.next_try_at, part.problem) == (much_later, "new")


def test_approval_asks_a_worker(book, django_capture_on_commit_callbacks):
    """The nudge for what a rail pays leaves with the approval's commit."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.put_on_rail()
    settlement = settling.draft(version)

    with django_capture_on_commit_callbacks() as callbacks:
        settling.approve(settlement)

    assert len(callbacks) == 1
    assert settlement.parts.get().next_try_at == LATER


def test_sweep_finds_what_was_left(part, book):
    """A lost nudge is found by age, a refused part when its turn comes."""
    book.faults = [REFUSED]
    before = LATER - timedelta(seconds=1)

    assert sending.find_unsent(older_than=before, limit=9) == []
    assert sending.find_unsent(older_than=LATER, limit=9) == [part.pk]
    send(part)

    assert sending.find_unsent(older_than=LATER, limit=9) == []
    minute_on = LATER + timedelta(seconds=60)
    assert sending.find_unsent(older_than=minute_on, limit=9) == [part.pk]
    assert sending.find_unsent(older_than=minute_on, limit=0) == []


def test_person_brings_the_turn_forward(part, book, django_capture_on_commit_callbacks):
    """Who mended the reason need not wait for the next try."""
    book.faults = [REFUSED]
    send(part)

    with django_capture_on_commit_callbacks() as callbacks:
        assert sending.retry_part(part_id=part.pk, at=LATER) is True

    assert len(callbacks) == 1
    assert send(part).paid_at == LATER


def test_paid_part_is_not_sent_again(part, book, django_capture_on_commit_callbacks):
    """What is paid waits for nothing."""
    send(part)

    with django_capture_on_commit_callbacks() as callbacks:
        assert sending.retry_part(part_id=part.pk, at=LATER) is False

    assert callbacks == []
