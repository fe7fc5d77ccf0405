"""What is kept for a while only, and who stands where afterwards."""

from datetime import timedelta

import pytest

from store.models import WebhookEvent
from store.services import retention

pytestmark = pytest.mark.django_db


def keep(number, received_at, **changes):
    """Keep one event as a delivery would."""
    values = {
        "event_id": f"evt_{number}",
        "type": "charge.updated",
        "object_id": "ch_1",
        "account_id": "acct_1",
        "error": "UnavailableError",
        "livemode": False,
        "payload": '{"email": "customer@example.com"}',
        "status": "processed",
        "received_at": received_at,
        "next_try_at": received_at,
    }
    return WebhookEvent.objects.create(**(values | changes))


def told_by(row):
    """Return what an event still tells."""
    row.refresh_from_db()
    return row.payload, row.object_id, row.account_id, row.error


@pytest.mark.checklist("K4")
def test_old_payloads_are_cut(settings, at):
    """K4: after so many days an event is its id, type and times."""
    settings.STORE = {**settings.STORE, "PAYLOAD_DAYS": 7}
    old = keep(1, at - timedelta(days=7, seconds=1))
    young = keep(2, at - timedelta(days=7))

    assert retention.cut_payloads(at=at) == 1

    assert told_by(old) == ("", "", "", "")
    assert (old.event_id, old.type, old.received_at) == (
        "evt_1",
        "charge.updated",
        at - timedelta(days=7, seconds=1),
    )
    assert told_by(young)[0] != ""


@pytest.mark.checklist("K4")
def test_waiting_event_keeps_its_object(at):
    """K4: what is still to be done can still be done: only the body is cut."""
    row = keep(1, at - timedelta(days=99), status="new")

    assert retention.cut_payloads(at=at) == 1
    assert retention.cut_payloads(at=at) == 0

    assert told_by(row) == ("", "ch_1", "acct_1", "UnavailableError")


def test_many_are_cut_chunk_by_chunk(at):
    """However many there are, all are cut."""
    for number in range(5):
        keep(number, at - timedelta(days=99))

    assert retention.cut_payloads(at=at, chunk=2) == 5
