"""Where events go, and how they are signed."""

import time

import pytest
import stripe

from demo.stripe_simulator import deliveries, signing


def test_every_secret_signs():
    """With two secrets a delivery verifies under either, and no other."""
    at = int(time.time())
    header = signing.sign(b"{}", ["whsec_new", "whsec_old"], at)

    for secret in ("whsec_new", "whsec_old"):
        assert stripe.WebhookSignature.verify_header(b"{}", header, secret, 300)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(b"{}", header, "whsec_other", 300)


@pytest.mark.parametrize(
    ("url", "secrets"),
    [("file:///etc", ("s",)), ("http://x/", ()), ("http://x/", ("",))],
)
def test_endpoint_needs_web_address_and_secret(url, secrets):
    """Events go to web addresses only, and never unsigned."""
    with pytest.raises(ValueError, match=r"web address|secret"):
        deliveries.Endpoint(url, secrets)
