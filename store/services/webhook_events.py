"""Stored webhook events: keep one, and act on it; the table of event types is here.

An event's body only names an object. What happened is read from Stripe afresh, so
order, repetition and forgery of bodies change nothing.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db.models import F

from store import enqueue
from store.domain import patience
from store.domain.order import WebhookEventStatus
from store.gateways import base as gateways
from store.models import WebhookEvent
from store.services import disputes, payments, refunds

logger = logging.getLogger(__name__)

# Not a door: an event that came through none, and that we found in Stripe's list.
LISTED = "list"

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


def store_event(
    *, event: gateways.Event, at: datetime, endpoint: str = gateways.ACCOUNT
) -> None:
    """Keep a verified event and ask a worker to act on it; a known id is kept once.

    Raises:
        DatabaseError: it could not be stored; Stripe must deliver it again.
    """
    row, created = WebhookEvent.objects.get_or_create(
        event_id=event.id,
        defaults={
            "type": event.type,
            "object_id": event.object_id,
            "endpoint": endpoint,
            "account_id": event.account_id,
            "happened_at": event.created_at,
            "livemode": event.livemode,
            "api_version": event.api_version,
            "payload": event.payload,
            "received_at": at,
            "next_try_at": at,
        },
    )
    if created or row.status == WebhookEventStatus.NEW:
        enqueue.enqueue("store.process_webhook_event", webhook_event_id=row.pk)


def process_event(*, webhook_event_id: int, at: datetime) -> None:
    """Act on a stored event, unless somebody did; a failure leaves it to be retried.

    Raises:
        Exception: whatever failed; the row keeps it and the moment to retry.
    """
    row = WebhookEvent.objects.get(pk=webhook_event_id)
    if row.status != WebhookEventStatus.NEW:
        return
    try:
        was_ours = _act(row, at)
    except Exception as error:
        # Whatever it was: a row that always fails must step back behind the others.
        _record_failure(row, error, at)
        raise
    WebhookEvent.objects.filter(pk=row.pk).update(
        status=(
            WebhookEventStatus.PROCESSED if was_ours else WebhookEventStatus.IGNORED
        ),
        processed_at=at,
        tries=F("tries") + 1,
        error="",
    )


def find_ready(*, at: datetime, limit: int) -> list[int]:
    """List events that wait for a worker and whose try is due, oldest first."""
    return list(
        WebhookEvent.objects.ready(at)
        .order_by("next_try_at")
        .values_list("pk", flat=True)[:limit]
    )


def _confirm(object_id: str, at: datetime) -> bool:
    outcome = payments.confirm_payment(session_id=object_id, at=at)
    return outcome is not payments.Outcome.FOREIGN


def _follow_refund(object_id: str, at: datetime) -> bool:
    return refunds.sync_refund(gateway_id=object_id, at=at)


def _follow_dispute(object_id: str, at: datetime) -> bool:
    return disputes.sync_dispute(gateway_id=object_id, at=at)


def _look_at_fee(object_id: str, at: datetime) -> bool:
    return payments.refresh_fee(charge_id=object_id, at=at)


# Every type we subscribe to; any other is stored and ignored.
ACTIONS: Mapping[str, Callable[[str, datetime], bool]] = {
    "checkout.session.completed": _confirm,
    "checkout.session.async_payment_succeeded": _confirm,
    "checkout.session.async_payment_failed": _confirm,
    "checkout.session.expired": _confirm,
    "charge.updated": _look_at_fee,
    "refund.created": _follow_refund,
    "refund.updated": _follow_refund,
    "refund.failed": _follow_refund,
    "charge.dispute.created": _follow_dispute,
    "charge.dispute.updated": _follow_dispute,
    "charge.dispute.closed": _follow_dispute,
}

# The same for events of connected accounts; we subscribe to none of them yet.
CONNECT_ACTIONS: Mapping[str, Callable[[str, datetime], bool]] = {}


def _act(row: WebhookEvent, at: datetime) -> bool:
    gateway = gateways.get_gateway()
    if row.livemode != gateway.livemode:
        logger.error("webhook event %s is of the other mode, ignored", row.event_id)
        return False
    if row.api_version != gateway.api_version:
        logger.warning(
            "webhook event %s has API version %s", row.event_id, row.api_version
        )
    is_connect = row.endpoint == gateways.CONNECT
    action = (CONNECT_ACTIONS if is_connect else ACTIONS).get(row.type)
    return action(row.object_id, at) if action else False


def _record_failure(row: WebhookEvent, error: Exception, at: datetime) -> None:
    wait = patience.wait_after(
        tries=row.tries, first=_FIRST_WAIT, longest=_LONGEST_WAIT
    )
    WebhookEvent.objects.filter(pk=row.pk).update(
        tries=F("tries") + 1,
        # A foreign exception may quote a row, and with it the customer.
        error=f"{type(error).__name__}: {error}"[:300]
        if isinstance(error, gateways.GatewayError)
        else type(error).__name__,
        next_try_at=at + wait,
    )
