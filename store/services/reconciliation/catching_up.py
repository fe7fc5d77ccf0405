"""After an outage: what Stripe wanted to tell us and could not, and fees still unknown.

Events are only stored here; the worker that acts on all others acts on these too.
"""

from datetime import datetime, timedelta

from django.db.models import Max

from store.gateways import base as gateways
from store.models import Payment, WebhookEvent
from store.services import webhook_events
from store.services.reconciliation.pacing import Pace

# Stripe forgets events after 30 days, and tries to deliver each for three.
_KEPT = timedelta(days=30)
_RETRIED = timedelta(days=3)
_FEE_HAD_ITS_CHANCE = timedelta(minutes=10)


def catch_up(*, at: datetime, since: datetime | None = None) -> int:
    """Store the events that Stripe could not deliver; return how many we lacked.

    Without `since` it looks back to the last event that we saw, and at least over the
    days for which Stripe retries: one event after an outage does not hide those before.

    Raises:
        GatewayError: Stripe cannot be asked; what was stored until then is kept.
    """
    undelivered = gateways.get_gateway().list_events(
        types=list(webhook_events.ACTIONS),
        since=since or _last_seen(at),
        is_undelivered=True,
    )
    lacked = 0
    for page in Pace().pages(undelivered):
        ids = [event.id for event in page]
        stored = WebhookEvent.objects.filter(event_id__in=ids)
        known = set(stored.values_list("event_id", flat=True))
        for event in page:
            if event.id not in known:
                webhook_events.store_event(
                    event=event, at=at, endpoint=webhook_events.LISTED
                )
                lacked += 1
    return lacked


def find_feeless(*, at: datetime, limit: int) -> list[str]:
    """List charges whose fee we do not know, newest first; older ones are given up."""
    feeless = Payment.objects.filter(
        fee_amount=None, paid_at__gt=at - _KEPT, paid_at__lte=at - _FEE_HAD_ITS_CHANCE
    ).exclude(charge_id="")
    found = feeless.order_by("-paid_at").values_list("charge_id", flat=True)
    return list(found[:limit])


def _last_seen(at: datetime) -> datetime:
    seen = WebhookEvent.objects.exclude(endpoint=gateways.CONNECT)
    newest = seen.aggregate(newest=Max("happened_at"))["newest"]
    return max(at - _KEPT, min(newest or at - _KEPT, at - _RETRIED))
