"""What is told of an installation, one missing part at a time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from demo.stripe_simulator.faults import ApiFault
from donations.models import Beneficiary
from store import enqueue, tasks
from store.models import WebhookEvent
from store.services import doctor, pulses, webhook_events
from tests.journeys import crashes
from tests.store import paying
from tests.store.services import paying_on
from tests.store_factories import make_pledge

pytestmark = pytest.mark.usefixtures("private_papers")

WELL = {
    "settings",
    "database",
    "migrations",
    "webhooks",
    "clock",
    "cache",
    "broker",
    "worker",
    "beat",
    "Stripe",
}


@pytest.fixture
def delivered(db):
    """Return a function that keeps an event which came some time ago."""

    def delivered(ago=timedelta(0), delay=timedelta(seconds=2)):
        came = timezone.now() - ago
        return WebhookEvent.objects.create(
            event_id=f"evt_{came.timestamp()}",
            type="charge.updated",
            livemode=False,
            received_at=came,
            happened_at=came - delay,
            next_try_at=came,
        )

    return delivered


@pytest.fixture
def beat():
    """Beat, which has just started a sweep."""
    tasks.pulse(name=pulses.BEAT)


def examine(patience=0.2):
    """Return the findings by subject, what is well and what is to be mended."""
    found = list(doctor.examine(at=timezone.now(), patience=patience))
    return (
        {finding.subject for finding in found if finding.is_well},
        {finding.subject: finding for finding in found if not finding.is_well},
    )


@pytest.mark.usefixtures("simulator", "worker", "beat")
def test_complete_installation_is_well(delivered):
    """With every part in place nothing has to be mended."""
    delivered()

    well, missing = examine(patience=20)

    assert (well, missing) == (WELL, {})


@pytest.mark.usefixtures("simulator", "db")
def test_silent_parts_are_named():
    """Without workers, beat and deliveries each is named, with a line that helps."""
    _, missing = examine()

    assert set(missing) == {"webhooks", "worker", "beat"}
    assert missing["webhooks"].detail == "none was ever verified"
    assert "https://shop.example/webhooks/stripe/" in missing["webhooks"].mend
    assert "celery -A" in missing["worker"].mend
    assert missing["beat"].mend.startswith("celery -A")


@pytest.mark.usefixtures("simulator", "db")
def test_the_silent_queue_is_named():
    """Of several queues the one on which nobody answers is named."""
    found = doctor.examine(at=timezone.now(), patience=0)

    silent = [finding.detail for finding in found if finding.subject == "worker"]

    assert silent == [f"nobody answers on the queue {q}" for q in enqueue.WORKED_ON]


@pytest.mark.usefixtures("simulator")
def test_stalled_beat_is_told(db):
    """A pulse of beat that is minutes old is none."""
    pulses.note_pulse(name=pulses.BEAT, at=timezone.now() - timedelta(minutes=4))

    assert "beat" in examine()[1]


@pytest.mark.usefixtures("simulator", "db")
def test_unreachable_broker_is_told(monkeypatch):
    """Without a broker no worker is waited for."""
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", crashes.NO_BROKER)

    well, missing = examine()

    assert "broker" in missing
    assert "worker" not in well | set(missing)


@pytest.mark.usefixtures("simulator", "db")
def test_lost_cache_is_told(settings):
    """A cache that keeps nothing is told, twice: it is not shared either."""
    backend = "django.core.cache.backends.dummy.DummyCache"
    settings.CACHES = {"default": {"BACKEND": backend}}

    missing = examine()[1]

    assert {"cache", "store.W005"} <= set(missing)


@pytest.mark.usefixtures("simulator", "db")
def test_mistakes_in_settings_are_told(settings):
    """What the checks say is told with their number and their line to paste."""
    settings.STORE = {**settings.STORE, "SITE_URL": "http://shop.example"}

    well, missing = examine()

    assert missing["store.W003"].mend.startswith("STORE['SITE_URL']")
    assert "settings" not in well


@pytest.mark.usefixtures("simulator")
def test_missing_migration_is_told(transactional_db):
    """A migration that is not applied is told, and no row is looked for."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO lost")
        try:
            well, missing = examine()
        finally:
            cursor.execute("DROP TABLE IF EXISTS django_migrations")
            cursor.execute("ALTER TABLE lost RENAME TO django_migrations")

    assert missing["migrations"].mend == "manage.py migrate"
    assert "webhooks" not in well | set(missing)


@pytest.mark.usefixtures("simulator")
def test_unreachable_database_is_told(transactional_db):
    """A database that does not answer is told, and the rest is looked at."""
    connection.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connection.settings_dict, "PORT", "9")

        well, missing = examine()

    assert "cannot be reached" in missing["database"].detail
    assert {"cache", "Stripe"} <= well


@pytest.mark.usefixtures("simulator")
def test_missing_deliveries_are_told(delivered):
    """A payment whose webhook never came says that the endpoint is wrong."""
    delivered(ago=timedelta(days=1))
    order = paying.make_paid_order()
    order.payments.update(paid_at=timezone.now())

    missing = examine()[1]

    assert missing["webhooks"].detail.endswith("but payments")


@pytest.mark.usefixtures("simulator")
def test_listed_events_are_no_deliveries(delivered):
    """An event that we fetched ourselves does not say that webhooks come."""
    delivered()
    WebhookEvent.objects.update(endpoint=webhook_events.LISTED)

    assert examine()[1]["webhooks"].detail == "none was ever verified"


@pytest.mark.usefixtures("simulator")
def test_slow_clock_is_told(delivered):
    """Deliveries that come before they happen say that our clock is behind."""
    delivered(delay=timedelta(seconds=-90))

    assert "clock" in examine()[1]


@pytest.mark.checklist("K1")
@pytest.mark.usefixtures("db")
def test_missing_permissions_are_told(simulator):
    """What the key may not do is told in Stripe's words."""
    simulator.faults.add(ApiFault("GET /v1/disputes", 403, should_retry=False))

    missing = examine()[1]

    assert missing["Stripe"].detail == "the test key may not: Disputes read"


@pytest.mark.usefixtures("db")
def test_unreachable_stripe_is_told(simulator):
    """A Stripe that does not answer is told."""
    simulator.faults.add(ApiFault("POST /v1", 503, should_retry=False))

    missing = examine()[1]

    assert missing["Stripe"].detail.startswith("cannot be asked: APIError")


@pytest.mark.checklist("T1")
@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("transfers", ["active", "pending"])
def test_beneficiary_that_cannot_be_paid_is_told(simulator, settings, transfers):
    """Whether a beneficiary's account takes transfers is known before the approval."""
    settings.DONATIONS = {**settings.DONATIONS, "RAILS": paying_on.RAILS}
    simulator.connect_account(paying_on.ACCOUNT, transfers=transfers)
    make_pledge()
    Beneficiary.objects.update(rail="stripe", rail_account=paying_on.ACCOUNT)

    well, missing = examine()

    if transfers == "active":
        assert "beneficiary" in well
    else:
        told = missing["beneficiary"].detail
        assert told.startswith("Feeding America cannot be paid: acct_beneficiary may")
