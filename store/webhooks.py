"""Stripe's door: verify the raw body, store the event, answer. Nothing else.

What an event type leads to is the table `store.services.webhook_events.ACTIONS`: the
worker that reads it stands beside this module and may not import it.
"""

import logging

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from store.gateways import base as gateways
from store.services import limits, webhook_events

logger = logging.getLogger(__name__)

_LARGEST_BODY_BYTES = 1024 * 1024


# Exempt from per-request transactions, so that a stored row outlives a failure.
@transaction.non_atomic_requests
@csrf_exempt
@require_POST
def receive_stripe_event(
    request: HttpRequest, endpoint: str = gateways.ACCOUNT
) -> HttpResponse:
    """Store one delivery and answer 200; 400 for a forgery, 413 for a flood.

    Each door has a URL and secrets of its own: our account's, and that of connected
    accounts, which opens to nobody until it has a secret. An address that sends many
    forgeries gets 429 for the rest of the minute, unread; good deliveries never count.

    Calls nobody, sends nothing and locks no order. When the row cannot be stored the
    answer is a 500, and Stripe delivers the event again.
    """
    at = timezone.now()
    address = limits.find_address(meta=request.META)
    wait = limits.seconds_to_wait(scope=limits.FORGERIES, address=address, at=at)
    if wait:
        return HttpResponse(status=429, headers={"Retry-After": str(wait)})
    if _declared_length(request) > _LARGEST_BODY_BYTES:
        return HttpResponse(status=413)
    body = request.read(_LARGEST_BODY_BYTES + 1)
    if len(body) > _LARGEST_BODY_BYTES:
        return HttpResponse(status=413)
    try:
        event = gateways.get_gateway().read_event(
            body, request.headers.get("Stripe-Signature", ""), endpoint=endpoint
        )
    except gateways.BadSignatureError as error:
        logger.warning("webhook refused: %s", error)
        limits.count_miss(scope=limits.FORGERIES, address=address, at=at)
        return HttpResponse(status=400)
    webhook_events.store_event(event=event, at=at, endpoint=endpoint)
    return HttpResponse(status=200)


def _declared_length(request: HttpRequest) -> int:
    declared = request.META.get("CONTENT_LENGTH", "")
    # Not isdigit(): that one takes a superscript, which is no number to int().
    return int(declared) if declared.isdecimal() else 0
