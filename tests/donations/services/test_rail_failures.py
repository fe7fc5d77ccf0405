"""A part on a rail fails only when its rail says that no money has moved."""

from datetime import timedelta

import pytest

from donations.models import Donation, Entry
from donations.services import audit, rails, sending
from tests import donations_factories as factories
from tests.donations import settling

LATER = settling.LATER
AFTER = LATER + timedelta(days=7)
pytestmark = pytest.mark.django_db


def has_failed():
    """Tell whether the ledger says that a part failed."""
    return Entry.objects.filter(kind="fail").exists()


@pytest.fixture
def part(book):
    """An approved part of 249.90 that a rail pays."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.put_on_rail()
    return settling.approve(settling.draft(version)).parts.get()


def test_rail_gives_up_what_it_has_not_moved(part, book):
    """The rail says that nothing moved, and then nothing is sent any more."""
    assert settling.fail(part) is True

    assert sending.send_part(part_id=part.pk, at=AFTER) is False
    assert book.asked == []
    assert sending.find_unsent(older_than=AFTER, limit=9) == []
    assert list(audit.audit_ledger()) == []


def test_moved_money_does_not_fail(part, book, caplog):
    """A rail that paid and lost its answer keeps the part from failing."""
    book.faults = [rails.RailUnavailableError("reset")]
    sending.send_part(part_id=part.pk, at=LATER)

    with pytest.raises(sending.MoneyMovedError):
        settling.fail(part)

    assert not has_failed()
    assert "refused: money may move" in caplog.text
    sending.send_part(part_id=part.pk, at=AFTER)
    assert Donation.objects.get().status == "settled"


def test_part_in_a_worker_does_not_fail(part, book):
    """While a worker may be at it nobody knows; when its turn is over one does."""
    book.faults = [RuntimeError("killed")]
    with pytest.raises(RuntimeError):
        sending.send_part(part_id=part.pk, at=LATER)
    book.paid.clear()

    with pytest.raises(sending.PartBusyError):
        settling.fail(part, LATER + timedelta(minutes=14))

    assert settling.fail(part, LATER + timedelta(minutes=15)) is True


def test_silent_rail_fails_nothing(part, book):
    """A rail that cannot be asked leaves the part as it is."""
    book.faults = [rails.RailUnavailableError("down")]

    with pytest.raises(rails.RailUnavailableError):
        settling.fail(part)

    assert not has_failed()
