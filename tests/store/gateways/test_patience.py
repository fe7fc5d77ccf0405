"""How long one call to Stripe may keep a request waiting, at worst."""

import pytest

from store.conf import StoreSettings
from store.gateways import sdk

# Nginx and most load balancers give up after a minute, and answer for us.
PROXIES_WAIT_SECONDS = 60


@pytest.mark.checklist("I4")
def test_worst_call_ends_before_a_proxy_gives_up(settings):
    """I4: three tries that all time out, and the pauses between, fit in a minute."""
    ours = StoreSettings()
    settings.STORE = {}
    tries = sdk._RETRIES + 1

    # The pauses double from half a second, and never more.
    pauses = sum(0.5 * 2**number for number in range(sdk._RETRIES))
    patience = ours.STRIPE_CONNECT_TIMEOUT_SECONDS + ours.STRIPE_READ_TIMEOUT_SECONDS

    assert (ours.STRIPE_CONNECT_TIMEOUT_SECONDS, tries) == (3, 3)
    assert tries * patience + pauses < PROXIES_WAIT_SECONDS
