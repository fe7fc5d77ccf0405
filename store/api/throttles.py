"""How often one address may ask. Rates are ours, so that a host sets nothing global."""

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from store.conf import conf


class ReadThrottle(SimpleRateThrottle):
    """Slows down one address that reads the catalog."""

    scope = "store-read"

    def get_rate(self) -> str:
        """Return the rate that the host has set."""
        return conf.API_RATE

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """Count by address; behind proxies it is found by DRF's `NUM_PROXIES`."""
        ident = self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}


class OrderThrottle(ReadThrottle):
    """Slows down one address that tries order tokens."""

    scope = "store-order"

    def get_rate(self) -> str:
        """Return the rate that the host has set."""
        return conf.API_ORDER_RATE
