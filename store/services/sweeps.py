"""Find attempts whose end we have not heard of, and bring each to its end.

Losing every webhook must change nothing after the next sweep.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import F

from store.gateways import base as gateways
from store.models import PaymentAttempt
from store.services import payments

logger = logging.getLogger(__name__)

# Stripe forgets an idempotency key after about a day: older attempts are looked up
# before anything is repeated (payments.md I3).
_KEY_IS_KNOWN = timedelta(hours=23)
_LOOK_AGAIN_AFTER = timedelta(minutes=4)


def find_unfinished(*, older_than: timedelta, at: datetime, limit: int) -> list[int]:
    """List open attempts older than `older_than`, the longest unchecked first."""
    stale = PaymentAttempt.objects.unfinished().filter(created_at__lte=at - older_than)
    unchecked = stale.exclude(checked_at__gt=at - _LOOK_AGAIN_AFTER)
    in_turn = unchecked.order_by(F("checked_at").asc(nulls_first=True), "created_at")
    return list(in_turn.values_list("pk", flat=True)[:limit])


def finish_attempt(*, attempt_id: int, at: datetime) -> None:
    """Ask Stripe how an attempt ended and act on it.

    An attempt whose Session was never stored is repeated under its own key, which
    returns the Session that a crash hid from us; later it is looked up. Stripe may
    have stored an error under the key, which it then repeats for a day.

    Raises:
        GatewayError: Stripe cannot be asked now; the next sweep will.
    """
    attempt = PaymentAttempt.objects.select_related("order").get(pk=attempt_id)
    # Before Stripe is asked: an attempt that always fails goes to the end of the line.
    PaymentAttempt.objects.filter(pk=attempt_id).update(checked_at=at)
    if attempt.session_id is not None:
        payments.confirm_payment(session_id=attempt.session_id, at=at)
    elif at < min(attempt.expires_at, attempt.created_at + _KEY_IS_KNOWN):
        _repeat(attempt, at)
    else:
        _look_up(attempt, at)


def _repeat(attempt: PaymentAttempt, at: datetime) -> None:
    try:
        payments.close_attempt(attempt=attempt, at=at)
    except gateways.KeyReusedError:
        # A setting in the request changed meanwhile: look for what the key made.
        logger.exception("attempt %s: its key was used otherwise", attempt.pk)
        _look_up(attempt, at)


def _look_up(attempt: PaymentAttempt, at: datetime) -> None:
    found = gateways.get_gateway().find_sessions(
        order=str(attempt.order.uuid),
        since=attempt.created_at - timedelta(hours=1),
        until=attempt.created_at + _KEY_IS_KNOWN,
    )
    # The order may have other attempts, whose Sessions are found here, too: confirming
    # gives each its own, and ours one that nobody remembers.
    for session in found:
        payments.confirm_payment(session_id=session.id, at=at)
    attempt.refresh_from_db(fields=["session_id"])
    if attempt.session_id is None:
        payments.abandon_attempt(attempt=attempt)
