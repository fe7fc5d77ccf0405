"""The demo's cache: a shop goes on selling while Redis is away."""

import pytest
from django.core.cache import caches
from redis.backoff import NoBackoff
from redis.retry import Retry

AWAY = "redis://127.0.0.1:9/0"


@pytest.fixture
def cache_at(settings):
    """A function that returns the demo's cache on the Redis at an address."""

    def connect(location):
        options = {"socket_connect_timeout": 0.5, "retry": Retry(NoBackoff(), 0)}
        backend = "demo.cache.ForgivingRedisCache"
        cache = {"BACKEND": backend, "LOCATION": location, "OPTIONS": options}
        settings.CACHES = {**settings.CACHES, "demo": cache}
        return caches["demo"]

    return connect


def test_values_are_kept(cache_at, settings):
    """With Redis there, it is Django's own cache."""
    cache = cache_at(settings.CACHES["default"]["LOCATION"])

    cache.set("shade", "C7")

    assert cache.get("shade") == "C7"
    assert cache.has_key("shade")


def test_lost_redis_is_an_empty_cache(cache_at):
    """With Redis away, reading finds nothing and writing does nothing."""
    cache = cache_at(AWAY)

    cache.set("shade", "C7")

    assert cache.get("shade") is None
    assert cache.get("shade", "C1") == "C1"
    assert cache.get_many(["shade"]) == {}
    assert cache.get_or_set("shade", "C2") == "C2"
    assert not cache.has_key("shade")
    assert not cache.delete("shade")


def test_lost_redis_lets_pass(cache_at):
    """A rate limit that cannot count refuses nobody."""
    cache = cache_at(AWAY)

    assert cache.add("tries", 0)
    assert cache.incr("tries") == 1
    assert cache.set_many({"a": 1, "b": 2}) == ["a", "b"]
