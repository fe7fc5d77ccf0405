"""Signs of life: when was a worker, or beat, last seen at work.

They live in the cache, since they are worth nothing tomorrow.
"""

import contextlib
from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

# Whoever works on the sweeps says so on behalf of beat, which asked.
BEAT = "beat"
_KEPT_SECONDS = 60 * 60


def note_pulse(*, name: str, at: datetime) -> None:
    """Remember that somebody was at work, unless the cache is away."""
    with contextlib.suppress(RedisError, OSError):
        cache.set(_key(name), at.isoformat(), timeout=_KEPT_SECONDS)


def read_pulse(*, name: str) -> datetime | None:
    """Return when somebody was last at work; None when that is long ago."""
    with contextlib.suppress(RedisError, OSError):
        seen = cache.get(_key(name))
        return datetime.fromisoformat(seen) if seen else None
    return None


def forget_pulse(*, name: str) -> None:
    """Forget when somebody was at work, to hear whether they are now."""
    with contextlib.suppress(RedisError, OSError):
        cache.delete(_key(name))


def is_kept() -> bool:
    """Tell whether the cache keeps anything at all."""
    with contextlib.suppress(RedisError, OSError):
        cache.set(_key("test"), 1, timeout=1)
        return bool(cache.get(_key("test")) == 1)
    return False


def _key(name: str) -> str:
    return f"store-pulse-{name}"
