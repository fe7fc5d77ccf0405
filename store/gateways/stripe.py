"""Stripe behind the port: the only module that imports its SDK.

No Stripe object and no Stripe exception leaves this module: objects hold the API
key, exceptions hold the customer's data (both would end in a log or a broker).
"""

import json
import logging
import os
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, wraps
from importlib import metadata
from operator import index
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import stripe

from store.conf import conf
from store.gateways import answers, base

if TYPE_CHECKING:
    from stripe.params.checkout import (
        SessionCreateParams,
        SessionCreateParamsLineItem,
    )

_PACKAGE = "django-goodcarat"
_RETRIES = 2
# Stripe's own tolerance for the age of a webhook's signature.
_TOLERANCE_SECONDS = 300
_WITH_PAYMENT = ["payment_intent.latest_charge.balance_transaction"]

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")

# The SDK's debug lines quote whole requests and answers: the customer's address and the
# order's token. A filter, not a level, which a host may set.
logging.getLogger("stripe").addFilter(lambda record: record.levelno > logging.DEBUG)


def _translated(call: Callable[_Asked, _Answer]) -> Callable[_Asked, _Answer]:
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


class StripeGateway:
    """Checkout Sessions on Stripe's hosted page, and refunds."""

    api_version = stripe.api_version

    @property
    def livemode(self) -> bool:
        """Tell whether the configured key moves real money."""
        return "_live_" in conf.STRIPE_SECRET_KEY

    @_translated
    def start_session(self, request: base.SessionRequest) -> base.Session:
        """Open a payment page, or return the one opened before under this key."""
        answer = _client().v1.checkout.sessions.create(
            _session_params(request),
            {"idempotency_key": request.idempotency_key},
        )
        return answers.read_session(answer.to_dict())

    @_translated
    def fetch_session(self, session_id: str) -> base.Session:
        """Return a payment page as it is now, with its payment."""
        answer = _client().v1.checkout.sessions.retrieve(
            session_id, {"expand": _WITH_PAYMENT}
        )
        return answers.read_session(answer.to_dict())

    @_translated
    def expire_session(self, session_id: str) -> base.Session:
        """Close an open payment page.

        Raises:
            DeclinedError: it is not open any more; fetch it and look again.
        """
        answer = _client().v1.checkout.sessions.expire(
            session_id, None, {"idempotency_key": f"expire-{session_id}"}
        )
        return answers.read_session(answer.to_dict())

    @_translated
    def find_sessions(
        self, *, order: str, since: datetime, until: datetime
    ) -> list[base.Session]:
        """Return the payment pages of one order made between two moments."""
        page = _client().v1.checkout.sessions.list(
            {
                "created": {
                    "gte": int(since.timestamp()),
                    "lte": int(until.timestamp()),
                },
                "limit": 100,
            }
        )
        every = (answers.read_session(one.to_dict()) for one in page.auto_paging_iter())
        return [session for session in every if session.order == order]

    @_translated
    def refund(self, request: base.RefundRequest) -> base.RefundResult:
        """Send money back, or return the refund made before under this key."""
        answer = _client().v1.refunds.create(
            {
                "payment_intent": request.intent_id,
                "amount": index(request.amount),
                "metadata": {"order": request.order},
            },
            {"idempotency_key": request.idempotency_key},
        )
        return answers.read_refund(answer.to_dict())

    @_translated
    def fetch_refund(self, refund_id: str) -> base.RefundResult:
        """Return a refund as it is now."""
        answer = _client().v1.refunds.retrieve(refund_id)
        return answers.read_refund(answer.to_dict())

    @_translated
    def find_refunds(self, intent_id: str) -> list[base.RefundResult]:
        """Return every refund of one payment, whoever made it."""
        page = _client().v1.refunds.list({"payment_intent": intent_id, "limit": 100})
        return [answers.read_refund(one.to_dict()) for one in page.auto_paging_iter()]

    def read_event(self, body: bytes, signature: str) -> base.Event:
        """Verify a webhook's raw body and return what it says.

        Raises:
            BadSignatureError: body, header, age or secret is wrong.
        """
        try:
            text = body.decode()
            _verify(text, signature)
            return _event(json.loads(text), text)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            # Not UTF-8, not JSON, not an object, or a header that is not ASCII. The
            # exception holds the body: ours is raised when it is gone.
            reason = type(error).__name__
        raise base.BadSignatureError(reason)


def _client() -> stripe.StripeClient:
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


def _session_params(request: base.SessionRequest) -> "SessionCreateParams":
    reference = {"order": request.order}
    params: SessionCreateParams = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "client_reference_id": request.order,
        "customer_email": request.email,
        "metadata": reference,
        # A Session's metadata does not reach its PaymentIntent.
        "payment_intent_data": {"metadata": reference},
        "line_items": [_line_item(line, request.currency) for line in request.lines],
        "expires_at": int(request.expires_at.timestamp()),
        "shipping_address_collection": {
            "allowed_countries": list(request.shipping_countries)
        },
        # The amount shown must be the order's: no conversion, no codes of Stripe's.
        "adaptive_pricing": {"enabled": False},
        "allow_promotion_codes": False,
        "locale": request.locale,
    }
    return params


def _line_item(line: base.SessionLine, currency: str) -> "SessionCreateParamsLineItem":
    return {
        "quantity": 1,
        "price_data": {
            "currency": currency.lower(),
            # An index is an integer: Stripe would take a float as it is.
            "unit_amount": index(line.amount),
            "product_data": {"name": line.name, "description": line.description},
        },
    }


def _verify(text: str, signature: str) -> None:
    """Try each configured secret; two stand side by side while one is rotated."""
    for secret in conf.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(
                text, signature, secret, _TOLERANCE_SECONDS
            )
        except stripe.SignatureVerificationError:
            continue
        return
    raise base.BadSignatureError("no secret verifies this signature")


def _event(data: Any, text: str) -> base.Event:
    if not isinstance(data, dict) or data.get("object") != "event":
        raise base.BadSignatureError("not a snapshot event")
    subject = data["data"]["object"]
    return base.Event(
        id=str(data["id"]),
        type=str(data["type"]),
        object_id=str(subject["id"]) if "id" in subject else "",
        livemode=bool(data["livemode"]),
        api_version=str(data.get("api_version") or ""),
        payload=text,
    )
