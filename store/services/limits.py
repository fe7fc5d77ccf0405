"""Count what one address did wrong, and let it wait: guesses and forged deliveries.

Only misses count, so nobody who holds a right token ever waits. The window is fixed: it
begins with the first second of a period, not with the first miss. Counters live in the
host's cache. When that is away nothing is counted, since a limit is no reason to stop
selling; where it is not shared each process counts for itself.
"""

import contextlib
import ipaddress
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

from store.conf import conf

logger = logging.getLogger(__name__)

# Tokens of orders and gifts, voucher codes, certificate numbers: one count for all.
GUESSES = "guesses"
# Webhook deliveries that nobody signed.
FORGERIES = "forgeries"

_RATES: Mapping[str, Callable[[], str]] = {
    GUESSES: lambda: conf.GUESS_RATE,
    FORGERIES: lambda: conf.FORGERY_RATE,
}
_SECONDS = {"sec": 1, "min": 60, "hour": 60 * 60, "day": 24 * 60 * 60}
# A household or a server has a whole network of these: one address of it says nothing.
_IPV6_PREFIX = 64


def find_address(*, meta: Mapping[str, object]) -> str:
    """Return whom a request comes from, as one key; blank when nobody can say.

    Only as many entries of `X-Forwarded-For` are believed as there are proxies of ours
    (`REST_FRAMEWORK["NUM_PROXIES"]`), counted from the right: anybody can send the
    others. An IPv6 address stands for its /64 network.
    """
    proxies = conf.count_proxies()
    hops = [hop.strip() for hop in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    if proxies and any(hops):
        return _normalize(hops[-min(proxies, len(hops))])
    return _normalize(str(meta.get("REMOTE_ADDR") or ""))


def seconds_to_wait(*, scope: str, address: str, at: datetime) -> int:
    """Return how long an address must wait before it may try again, mostly 0."""
    if not address:
        return 0
    allowed, period = _read_rate(scope)
    with contextlib.suppress(RedisError, OSError):
        if cache.get(_key(scope, address, at, period), 0) >= allowed:
            return period - int(at.timestamp()) % period
    return 0


def count_miss(*, scope: str, address: str, at: datetime) -> None:
    """Count one miss of an address; the last one allowed is logged."""
    if not address:
        return
    allowed, period = _read_rate(scope)
    key = _key(scope, address, at, period)
    # ValueError: the counter ran out between the two steps, and with it the period.
    with contextlib.suppress(RedisError, OSError, ValueError):
        cache.add(key, 0, timeout=period)
        if cache.incr(key) == allowed:
            logger.warning("too many %s from %s: it has to wait", scope, address)


def _read_rate(scope: str) -> tuple[int, int]:
    number, _, period = _RATES[scope]().partition("/")
    return int(number), _SECONDS[period]


def _key(scope: str, address: str, at: datetime, period: int) -> str:
    return f"store-{scope}-{address}-{int(at.timestamp()) // period}"


def _normalize(text: str) -> str:
    """Return an address without its port, an IPv6 one as its network; else blank."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    network = ipaddress.ip_network((int(address), _IPV6_PREFIX), strict=False)
    return str(network.network_address)
