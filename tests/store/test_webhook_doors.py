"""Two doors with secrets of their own, and who is kept out of both."""

import pytest
from django.test import Client
from django.utils import timezone

from store.models import WebhookEvent
from store.services import webhook_events
from tests.store.delivering import CONNECT_DOOR, DOOR, post
from tests.store.events import SECRET, make_body, sign_now

pytestmark = pytest.mark.django_db

CONNECT_SECRET = "whsec_connect"
OWN = make_body()
CONNECTED = make_body(id="evt_connected", account="acct_1")


@pytest.fixture
def _both_doors(settings):
    settings.STORE = {
        **settings.STORE,
        "STRIPE_CONNECT_WEBHOOK_SECRETS": [CONNECT_SECRET],
    }


@pytest.fixture
def _two_forgeries(settings):
    settings.STORE = {**settings.STORE, "FORGERY_RATE": "2/day"}


def knock(body, secret, door):
    """Deliver a body signed with one secret, and return the status."""
    return post(body, sign_now(body, secrets=[secret]), door=door).status_code


@pytest.mark.checklist("W5")
@pytest.mark.usefixtures("_both_doors")
def test_each_door_takes_its_own_events():
    """W5: each door has its own secret, and a row says which door it came through."""
    assert knock(OWN, SECRET, DOOR) == 200
    assert knock(CONNECTED, CONNECT_SECRET, CONNECT_DOOR) == 200

    stored = WebhookEvent.objects.order_by("pk")
    assert list(stored.values_list("endpoint", "account_id")) == [
        ("account", ""),
        ("connect", "acct_1"),
    ]


@pytest.mark.checklist("W5")
@pytest.mark.usefixtures("_both_doors")
@pytest.mark.parametrize(
    ("body", "secret", "door"),
    [
        pytest.param(OWN, CONNECT_SECRET, DOOR, id="other secret"),
        pytest.param(CONNECTED, SECRET, CONNECT_DOOR, id="our secret"),
        pytest.param(CONNECTED, SECRET, DOOR, id="connected event at ours"),
        pytest.param(OWN, CONNECT_SECRET, CONNECT_DOOR, id="our event at theirs"),
    ],
)
def test_crossing_the_doors_gets_400(body, secret, door):
    """W5: neither a secret nor an event of one door passes through the other."""
    assert knock(body, secret, door) == 400

    assert not WebhookEvent.objects.exists()


@pytest.mark.checklist("W5")
def test_door_without_a_secret_opens_to_nobody():
    """W5: without connected accounts their door refuses everything, signed or not."""
    assert knock(CONNECTED, SECRET, CONNECT_DOOR) == 400
    assert knock(CONNECTED, "", CONNECT_DOOR) == 400


@pytest.mark.checklist("W13")
@pytest.mark.usefixtures("_both_doors")
def test_event_of_a_connected_account_is_ignored(simulator):
    """W13: a connected account's payment is no payment of ours, and asks nobody."""
    knock(CONNECTED, CONNECT_SECRET, CONNECT_DOOR)
    row = WebhookEvent.objects.get()

    webhook_events.process_event(webhook_event_id=row.pk, at=timezone.now())

    row.refresh_from_db()
    assert row.status == "ignored"
    assert simulator.calls == []


@pytest.mark.checklist("W15")
@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_other_methods_get_405_at_both_doors(method):
    """W15: the other door takes POST only, too."""
    assert getattr(Client(), method)(CONNECT_DOOR).status_code == 405


@pytest.mark.checklist("W15")
@pytest.mark.usefixtures("_two_forgeries")
def test_forger_is_not_read_any_more():
    """W15: after some forgeries an address gets 429, even for what would be a 413."""
    statuses = [post(b"{}", "t=1,v1=00").status_code for _ in range(3)]

    assert statuses == [400, 400, 429]
    answer = post(b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 24 * 60 * 60


@pytest.mark.checklist("W15")
@pytest.mark.usefixtures("_two_forgeries")
def test_good_deliveries_never_count():
    """W15: however many good deliveries come from one address, all are taken."""
    bodies = [make_body(id=f"evt_{number}") for number in range(9)]

    assert [post(body).status_code for body in bodies] == [200] * 9


@pytest.mark.checklist("W15")
@pytest.mark.usefixtures("_two_forgeries")
def test_forger_stops_nobody_else():
    """W15: while one address waits, the deliveries of another are taken."""
    for _ in range(3):
        post(b"{}", "t=1,v1=00", REMOTE_ADDR="203.0.113.9")

    assert post(OWN, REMOTE_ADDR="203.0.113.10").status_code == 200
