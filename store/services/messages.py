"""Mails owed to customers: owe one in a transaction, send it once.

Note: once. A worker claims the row by a conditional update before it sends. If it
dies while sending, the claim lapses and the mail goes out again under the same
Message-ID, which a mailbox can tell from a new mail; nothing can promise more.
"""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.db.models import F

from store import emails, enqueue
from store.domain import patience
from store.domain.order import MessageStatus
from store.models import Message, Order

logger = logging.getLogger(__name__)

_LEASE = timedelta(minutes=10)
_MOST_TRIES = 12
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=6)


def owe_message(*, order: Order, kind: str, at: datetime, reference: str = "") -> None:
    """Record that a mail is owed, and ask a worker to send it; once for each kind.

    `reference` names the refund or return that it is about, where there may be many.

    The caller holds the transaction in which the mail's cause is recorded.
    """
    message, created = Message.objects.get_or_create(
        order=order,
        kind=kind,
        reference=reference,
        defaults={"created_at": at, "next_try_at": at},
    )
    if created:
        enqueue.enqueue("store.send_message", message_id=message.pk)


def send_message(*, message_id: int, at: datetime) -> bool:
    """Send one owed mail when its try is due; tell whether it was sent now.

    A mail server's refusal is stored on the row with the moment of the next try. Any
    other failure is stored too, and raised.
    """
    claimed = Message.objects.ready(at).filter(pk=message_id)
    if not claimed.update(
        status=MessageStatus.SENDING, tries=F("tries") + 1, next_try_at=at + _LEASE
    ):
        return False
    message = Message.objects.select_related("order").get(pk=message_id)
    try:
        emails.send(message)
    except (OSError, SMTPException) as error:
        _record_failure(message, error, at)
        return False
    except Exception as error:
        # A mail that cannot be rendered, or a backend's own error: tried as often.
        _record_failure(message, error, at)
        raise
    Message.objects.filter(pk=message_id).update(
        status=MessageStatus.SENT, sent_at=at, error=""
    )
    return True


def retry_message(*, message_id: int, at: datetime) -> None:
    """Owe a mail anew, whatever became of it; staff asked for it."""
    Message.objects.filter(pk=message_id).update(
        status=MessageStatus.UNSENT, tries=0, error="", next_try_at=at
    )
    enqueue.enqueue("store.send_message", message_id=message_id)


def find_ready(*, at: datetime, limit: int) -> list[int]:
    """List owed mails whose try is due, oldest first."""
    return list(
        Message.objects.ready(at)
        .order_by("next_try_at")
        .values_list("pk", flat=True)[:limit]
    )


def _record_failure(message: Message, error: Exception, at: datetime) -> None:
    is_last = message.tries >= _MOST_TRIES
    wait = patience.wait_after(
        tries=message.tries, first=_FIRST_WAIT, longest=_LONGEST_WAIT
    )
    Message.objects.filter(pk=message.pk).update(
        status=MessageStatus.FAILED if is_last else MessageStatus.UNSENT,
        error=_describe(error, message)[:300],
        next_try_at=at + wait,
    )
    logger.warning("message %s not sent: %s", message.pk, type(error).__name__)


def _describe(error: Exception, message: Message) -> str:
    """Return what went wrong; a mail server quotes the address, which we leave out."""
    return f"{type(error).__name__}: {error}".replace(message.order.email, "...")
