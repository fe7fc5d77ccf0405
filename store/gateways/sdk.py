"""Stripe's SDK, tamed: the only module that imports it.

One client of our own for each process, no global key, no telemetry, time-outs and
retries set; its exceptions turned into ours.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, wraps
from importlib import metadata
from typing import ParamSpec, TypeVar

import stripe

from store.conf import conf
from store.gateways import base

API_VERSION = stripe.api_version

_PACKAGE = "django-goodcarat"
_RETRIES = 2
# Stripe's own tolerance for the age of a webhook's signature.
_TOLERANCE_SECONDS = 300

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")

# The SDK's debug lines quote whole requests and answers: the customer's address and the
# order's token. A filter, not a level, which a host may set.
logging.getLogger("stripe").addFilter(lambda record: record.levelno > logging.DEBUG)


def translated(call: Callable[_Asked, _Answer]) -> Callable[_Asked, _Answer]:
    """Turn the SDK's exceptions into ours, leaving what they carry behind.

    Ours is raised after the SDK's is gone: as its context, `from None` or not, the
    customer's data would still hang on it, within reach of every error reporter.
    """

    @wraps(call)
    def translated(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Answer:
        try:
            return call(*args, **kwargs)
        except stripe.StripeError as error:
            ours = _our_error(error)
        raise ours

    return translated


def translated_each(
    call: Callable[_Asked, Iterator[_Answer]],
) -> Callable[_Asked, Iterator[_Answer]]:
    """Do the same for a list, whose pages are fetched while it is read."""

    @wraps(call)
    def translated(*args: _Asked.args, **kwargs: _Asked.kwargs) -> Iterator[_Answer]:
        try:
            yield from call(*args, **kwargs)
        except stripe.StripeError as error:
            ours = _our_error(error)
        else:
            return
        raise ours

    return translated


def client() -> stripe.StripeClient:
    """Return this process's client for the current settings.

    Made on first use and per process: HTTP connections must not cross a fork.
    """
    return _make_client(
        os.getpid(),
        conf.STRIPE_SECRET_KEY,
        conf.STRIPE_API_BASE,
        (conf.STRIPE_CONNECT_TIMEOUT_SECONDS, conf.STRIPE_READ_TIMEOUT_SECONDS),
    )


@lru_cache(maxsize=4)
def _make_client(
    pid: int, key: str, api_base: str, timeout: tuple[float, float]
) -> stripe.StripeClient:
    stripe.enable_telemetry = False
    stripe.set_app_info(_PACKAGE, version=_version())
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_base} if api_base else {},
        # StripeClient makes a single attempt unless told otherwise.
        max_network_retries=_RETRIES,
        http_client=stripe.RequestsClient(timeout=timeout),
    )


def _version() -> str | None:
    """Return our version, which a checkout that is not installed does not have."""
    try:
        return metadata.version(_PACKAGE)
    except metadata.PackageNotFoundError:
        return None


def _our_error(error: stripe.StripeError) -> base.GatewayError:
    kinds: tuple[tuple[type[stripe.StripeError], type[base.GatewayError]], ...] = (
        (stripe.IdempotencyError, base.KeyReusedError),
        (stripe.AuthenticationError, base.MisconfiguredError),
        (stripe.PermissionError, base.MisconfiguredError),
        (stripe.RateLimitError, base.UnavailableError),
        (stripe.CardError, base.DeclinedError),
        (stripe.InvalidRequestError, base.DeclinedError),
    )
    ours = next(
        (ours for theirs, ours in kinds if isinstance(error, theirs)),
        base.UnavailableError,
    )
    return ours(
        type(error).__name__, code=_code(error), request_id=error.request_id or ""
    )


def _code(error: stripe.StripeError) -> str:
    """Return Stripe's word for the problem; on a 429 it stands in the body only."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    details = body.get("error", {})
    return str(error.code or details.get("code") or details.get("param") or "")


def verify_signature(text: str, signature: str, secrets: Sequence[str]) -> None:
    """Try each secret; two stand side by side while one is rotated.

    Raises:
        BadSignatureError: none fits, or the signature is too old.
    """
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(
                text, signature, secret, _TOLERANCE_SECONDS
            )
        except stripe.SignatureVerificationError:
            continue
        return
    raise base.BadSignatureError("no secret verifies this signature")
