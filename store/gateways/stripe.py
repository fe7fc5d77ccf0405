"""Stripe behind the port: which call answers which question.

The SDK itself stays in `store.gateways.sdk`: no object and no exception of it gets
past here, since objects hold the API key, exceptions the customer's data (both would
end in a log or a broker).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from store.conf import conf
from store.gateways import answers, base, limits, questions, records, scopes, sdk

_WITH_PAYMENT = ["payment_intent.latest_charge.balance_transaction"]


class StripeGateway:
    """Checkout Sessions on Stripe's hosted page, and refunds."""

    api_version = sdk.API_VERSION

    @property
    def livemode(self) -> bool:
        """Tell whether the configured key moves real money."""
        return "_live_" in conf.STRIPE_SECRET_KEY

    @sdk.translated
    def start_session(self, request: base.SessionRequest) -> base.Session:
        """Open a payment page, or return the one opened before under this key."""
        answer = sdk.client().v1.checkout.sessions.create(
            cast(Any, questions.session(request)),
            {"idempotency_key": request.idempotency_key},
        )
        return answers.read_session(answer.to_dict())

    @sdk.translated
    def fetch_session(self, session_id: str) -> base.Session:
        """Return a payment page as it is now, with its payment."""
        answer = sdk.client().v1.checkout.sessions.retrieve(
            session_id, {"expand": _WITH_PAYMENT}
        )
        return answers.read_session(answer.to_dict())

    @sdk.translated
    def expire_session(self, session_id: str) -> base.Session:
        """Close an open payment page.

        Raises:
            DeclinedError: it is not open any more; fetch it and look again.
        """
        answer = sdk.client().v1.checkout.sessions.expire(
            session_id, None, {"idempotency_key": f"expire-{session_id}"}
        )
        return answers.read_session(answer.to_dict())

    def find_sessions(
        self, *, order: str, since: datetime, until: datetime
    ) -> list[base.Session]:
        """Return the payment pages of one order made between two moments."""
        made = self.list_sessions(since=since, until=until)
        return [session for session in made if session.order == order]

    @sdk.translated_each
    def list_sessions(
        self, *, since: datetime, until: datetime
    ) -> Iterator[base.Session]:
        """Yield every payment page made between two moments, newest first."""
        page = sdk.client().v1.checkout.sessions.list(_between(since, until))
        yield from map(answers.read_session, _each(page))

    @sdk.translated
    def refund(self, request: base.RefundRequest) -> base.RefundResult:
        """Send money back, or return the refund made before under this key."""
        answer = sdk.client().v1.refunds.create(
            {
                "payment_intent": request.intent_id,
                "amount": limits.to_stripe(request.amount, request.currency),
                "metadata": {"order": request.order, "refund": request.reference},
            },
            {"idempotency_key": request.idempotency_key},
        )
        return answers.read_refund(answer.to_dict())

    @sdk.translated
    def fetch_refund(self, refund_id: str) -> base.RefundResult:
        """Return a refund as it is now."""
        answer = sdk.client().v1.refunds.retrieve(refund_id)
        return answers.read_refund(answer.to_dict())

    @sdk.translated
    def find_refunds(self, intent_id: str) -> list[base.RefundResult]:
        """Return every refund of one payment, whoever made it."""
        page = sdk.client().v1.refunds.list({"payment_intent": intent_id, "limit": 100})
        return [answers.read_refund(one) for one in _each(page)]

    @sdk.translated_each
    def list_refunds(
        self, *, since: datetime, until: datetime
    ) -> Iterator[base.RefundResult]:
        """Yield every refund made between two moments, newest first."""
        page = sdk.client().v1.refunds.list(_between(since, until))
        yield from map(answers.read_refund, _each(page))

    @sdk.translated
    def fetch_charge(self, charge_id: str) -> records.Charge:
        """Return a charge as it is now."""
        return answers.read_charge(
            sdk.client().v1.charges.retrieve(charge_id).to_dict()
        )

    @sdk.translated
    def fetch_dispute(self, dispute_id: str) -> records.DisputeResult:
        """Return a dispute as it is now."""
        answer = sdk.client().v1.disputes.retrieve(dispute_id)
        return answers.read_dispute(answer.to_dict())

    @sdk.translated_each
    def list_disputes(
        self, *, since: datetime, until: datetime
    ) -> Iterator[records.DisputeResult]:
        """Yield every dispute opened between two moments, newest first."""
        page = sdk.client().v1.disputes.list(_between(since, until))
        yield from map(answers.read_dispute, _each(page))

    @sdk.translated_each
    def list_balance_changes(
        self, *, since: datetime, until: datetime
    ) -> Iterator[records.BalanceChange]:
        """Yield Stripe's own books between two moments, newest first."""
        page = sdk.client().v1.balance_transactions.list(
            cast(Any, {**_between(since, until), "expand": ["data.source"]})
        )
        yield from map(answers.read_balance_change, _each(page))

    @sdk.translated_each
    def list_events(
        self, *, types: Sequence[str], since: datetime, is_undelivered: bool
    ) -> Iterator[base.Event]:
        """Yield the events of some types since a moment, newest first."""
        asked: dict[str, Any] = {
            "created": {"gte": int(since.timestamp())},
            "limit": 100,
            "types": list(types),
        }
        if is_undelivered:
            asked["delivery_success"] = False
        for one in _each(sdk.client().v1.events.list(cast(Any, asked))):
            yield answers.read_event(one, json.dumps(one, default=str))

    def read_event(
        self, body: bytes, signature: str, *, endpoint: str = base.ACCOUNT
    ) -> base.Event:
        """Verify a raw body that came through one door, and return what it says.

        Raises:
            BadSignatureError: body, header, age or secret is wrong, or the event
                belongs to the other door.
        """
        try:
            text = body.decode()
            sdk.verify_signature(text, signature, conf.webhook_secrets(endpoint))
            event = answers.read_event(json.loads(text), text)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            # Not UTF-8, not JSON, not an object, or a header that is not ASCII. The
            # exception holds the body: ours is raised when it is gone.
            reason = type(error).__name__
        else:
            _check_door(event, endpoint)
            return event
        raise base.BadSignatureError(reason)

    def list_missing_scopes(self) -> list[str]:
        """Return what the configured key may not do and should, in Stripe's words."""
        return [scope for scope, ask in scopes.SCOPES.items() if _is_forbidden(ask)]


def _is_forbidden(ask: Callable[[Any], object]) -> bool:
    try:
        sdk.translated(ask)(sdk.client())
    except base.MisconfiguredError:
        return True
    except base.DeclinedError:
        # It asked for what does not exist, so it was allowed to ask.
        return False
    return False


def _between(since: datetime, until: datetime) -> Any:
    return {
        "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp())},
        "limit": 100,
    }


def _each(page: Any) -> Iterator[dict[str, Any]]:
    return (one.to_dict() for one in page.auto_paging_iter())


def _check_door(event: base.Event, endpoint: str) -> None:
    """Refuse an event of a connected account at our own door, and the reverse."""
    if bool(event.account_id) != (endpoint == base.CONNECT):
        raise base.BadSignatureError(f"not an event for the endpoint {endpoint}")
