"""Signs webhook bodies the way Stripe does."""

import hashlib
import hmac
from collections.abc import Sequence


def sign(body: bytes, secrets: Sequence[str], at: int) -> str:
    """Return the `Stripe-Signature` header: one signature for each secret."""
    signatures = (f"v1={_signature(body, secret, at)}" for secret in secrets)
    return ",".join([f"t={at}", *signatures])


def _signature(body: bytes, secret: str, at: int) -> str:
    signed = str(at).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
