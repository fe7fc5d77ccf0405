"""Forget the bodies of webhook events, which were kept for a while only.

What a customer told us stands in the order then, and nowhere else.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet

from store.conf import conf
from store.domain.order import WebhookEventStatus
from store.models import WebhookEvent

# One statement locks this many rows at most: deliveries go on meanwhile.
_CHUNK = 1000


def cut_payloads(*, at: datetime, chunk: int = _CHUNK) -> int:
    """Cut old webhook events to id, type and times; return how many were cut.

    One that nobody could act on yet keeps the name of its object, and nothing else.
    """
    before = at - timedelta(days=conf.PAYLOAD_DAYS)
    old = WebhookEvent.objects.filter(received_at__lt=before)
    nothing = {"payload": "", "object_id": "", "account_id": "", "error": ""}
    done = old.exclude(status=WebhookEventStatus.NEW).exclude(**nothing)
    waiting = old.filter(status=WebhookEventStatus.NEW).exclude(payload="")
    return _blank(done, chunk, nothing) + _blank(waiting, chunk, {"payload": ""})


def _blank(rows: QuerySet[WebhookEvent], chunk: int, blanks: Mapping[str, str]) -> int:
    total = 0
    while found := list(rows.values_list("pk", flat=True)[:chunk]):
        total += WebhookEvent.objects.filter(pk__in=found).update(**blanks)
    return total
