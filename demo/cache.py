"""A Redis cache that a shop can lose: when the server is away, nothing is cached.

Django's own backend raises, and a page that only wanted to save a query would fail.
"""

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def _forgive(name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    original: Callable[..., Any] = getattr(RedisCache, name)

    @functools.wraps(original)
    def forgiving(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        except RedisError as error:
            logger.warning("The cache is away: %s", type(error).__name__)
            return answer(*args, **kwargs)

    return forgiving


def _default(_key: object, default: object = None, **_options: object) -> object:
    return default


class ForgivingRedisCache(RedisCache):
    """Answers as an empty cache would while Redis cannot be reached."""

    get = _forgive("get", _default)
    get_many = _forgive("get_many", lambda *_args, **_options: {})
    set = _forgive("set", lambda *_args, **_options: None)
    set_many = _forgive("set_many", lambda keys, *_args, **_options: list(keys))
    add = _forgive("add", lambda *_args, **_options: True)
    touch = _forgive("touch", lambda *_args, **_options: False)
    delete = _forgive("delete", lambda *_args, **_options: False)
    delete_many = _forgive("delete_many", lambda *_args, **_options: None)
    has_key = _forgive("has_key", lambda *_args, **_options: False)
    # A counter that cannot count lets pass: rate limits are no reason to stop selling.
    incr = _forgive("incr", lambda _key, delta=1, **_options: delta)
