"""What the tests of commands share."""

from tests.store.reconciling import pay, payment, place, unpaced

__all__ = ["pay", "payment", "place", "unpaced"]
