"""How often one address may ask. Rates are ours, so that a host sets nothing global."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView

from store.conf import conf
from store.services import limits


class ReadThrottle(SimpleRateThrottle):
    """Slows down one address that reads the catalog."""

    scope = "store-read"

    def get_rate(self) -> str:
        """Return the rate that the host has set."""
        return conf.API_RATE

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        """Count by address, as the pages do; what has none is not counted."""
        ident = limits.find_address(meta=request.META)
        if not ident:
            return None
        return self.cache_format % {"scope": self.scope, "ident": ident}


class OrderThrottle(ReadThrottle):
    """Slows down one address that tries order tokens."""

    scope = "store-order"

    def get_rate(self) -> str:
        """Return the rate that the host has set."""
        return conf.API_ORDER_RATE


class WriteThrottle(ReadThrottle):
    """Slows down one address that changes something."""

    scope = "store-write"

    def get_rate(self) -> str:
        """Return the rate that the host has set."""
        return conf.API_WRITE_RATE


class GuessThrottle(BaseThrottle):
    """Stops an address that guessed too often, here or on the pages."""

    seconds = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Look at the count of wrong guesses."""
        self.seconds = limits.seconds_to_wait(
            scope=limits.GUESSES,
            address=limits.find_address(meta=request.META),
            at=timezone.now(),
        )
        return not self.seconds

    def wait(self) -> float:
        """Return how long the address has to wait."""
        return self.seconds


def count_guess(request: Request) -> None:
    """Count one wrong guess of the sender."""
    limits.count_miss(
        scope=limits.GUESSES,
        address=limits.find_address(meta=request.META),
        at=timezone.now(),
    )
