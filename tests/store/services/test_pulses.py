"""Signs of life, as long as the cache keeps them."""

import pytest

from store.services import pulses

AWAY = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:9/0",
    }
}


def test_a_pulse_is_remembered_until_it_is_forgotten(at):
    """Who was at work is known by name, and when."""
    pulses.note_pulse(name="payments", at=at)

    assert pulses.read_pulse(name="payments") == at
    assert pulses.read_pulse(name="messages") is None
    pulses.forget_pulse(name="payments")
    assert pulses.read_pulse(name="payments") is None


def test_a_working_cache_keeps():
    """A cache that answers keeps what it is given."""
    assert pulses.is_kept()


@pytest.mark.parametrize(
    "caches",
    [AWAY, {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}],
)
def test_a_cache_that_is_away_remembers_nothing(caches, settings, at):
    """Without a cache nobody was seen, and nothing fails."""
    settings.CACHES = caches

    pulses.note_pulse(name="payments", at=at)
    pulses.forget_pulse(name="messages")

    assert pulses.read_pulse(name="payments") is None
    assert not pulses.is_kept()
