"""Who is counted, and for how long an address has to wait."""

from datetime import UTC, datetime, timedelta

import pytest

from store.services import limits

AT = datetime(2026, 11, 20, 12, 0, 15, tzinfo=UTC)
AWAY = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:9/0",
    }
}


@pytest.fixture(autouse=True)
def _two_guesses(settings):
    settings.STORE = {**settings.STORE, "GUESS_RATE": "2/min", "FORGERY_RATE": "2/min"}


def miss(times=1, *, scope=limits.GUESSES, address="203.0.113.9", at=AT):
    """Let an address be wrong, and return how long it waits then."""
    for _ in range(times):
        limits.count_miss(scope=scope, address=address, at=at)
    return wait(scope=scope, address=address, at=at)


def wait(*, scope=limits.GUESSES, address="203.0.113.9", at=AT):
    """Return how long an address waits."""
    return limits.seconds_to_wait(scope=scope, address=address, at=at)


def test_the_last_miss_makes_wait_until_the_minute_is_over():
    """An address may miss as often as the rate says; then it waits for the rest."""
    assert miss() == 0
    assert miss() == 45


def test_the_next_minute_begins_anew():
    """In the next period nothing is remembered of the last."""
    miss(9)

    assert wait(at=AT + timedelta(seconds=44)) == 1
    assert wait(at=AT + timedelta(seconds=45)) == 0


def test_addresses_and_scopes_count_apart():
    """Neither another address nor another kind of miss makes an address wait."""
    miss(9)

    assert wait(address="203.0.113.10") == 0
    assert wait(scope=limits.FORGERIES) == 0


def test_nobody_is_not_counted():
    """Where no address is known nobody waits: it would be everybody."""
    assert miss(9, address="") == 0


def test_a_cache_that_is_away_stops_nobody(settings):
    """Without the cache nothing is counted and nothing fails."""
    settings.CACHES = AWAY

    assert miss(9) == 0


def test_the_last_miss_is_logged(caplog):
    """A log line names the address that has to wait, once."""
    miss(9)

    assert caplog.messages == ["too many guesses from 203.0.113.9: it has to wait"]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (None, "198.51.100.1", "203.0.113.9"),
        (0, "198.51.100.1", "203.0.113.9"),
        (1, "", "203.0.113.9"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "made.up, 192.0.2.7, 198.51.100.1", "198.51.100.1"),
        (2, "192.0.2.7, 198.51.100.1, 198.51.100.2", "198.51.100.1"),
        (2, "198.51.100.1", "198.51.100.1"),
        (1, "made up", ""),
    ],
)
def test_only_our_proxies_are_believed(proxies, forwarded, address, settings):
    """What a sender writes into X-Forwarded-For himself gives him no new address."""
    settings.REST_FRAMEWORK = {"NUM_PROXIES": proxies}
    meta = {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": forwarded}

    assert limits.find_address(meta=meta) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8:1:2:3::9]:4711", "2001:db8:1:2::"),
        ("2001:db8:1:2:4::1", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
    ],
)
def test_one_sender_has_one_address(text, address):
    """A port makes no difference, nor does the second half of an IPv6 address."""
    assert limits.find_address(meta={"REMOTE_ADDR": text}) == address


def test_a_request_without_an_address_has_none():
    """A server behind a socket names none."""
    assert limits.find_address(meta={}) == ""
