"""Mails owed, sent once, tried again, given up."""

import smtplib
from datetime import timedelta

import django
import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from store.models import Message
from store.services import messages

REFUSING = f"{__name__}.RefusingBackend"
SLOW_WORKER = timedelta(minutes=10)


class RefusingBackend(BaseEmailBackend):
    """A mail server that raises what a test has put here."""

    error: Exception = OSError("nobody there")

    def send_messages(self, email_messages):
        """Refuse every mail."""
        raise self.error


@pytest.fixture
def refuse(settings, monkeypatch):
    """Let the mail server raise an error."""

    def refuse(error):
        if django.VERSION >= (6, 1):
            settings.MAILERS = {"default": {"BACKEND": REFUSING}}
        else:
            settings.EMAIL_BACKEND = REFUSING
        monkeypatch.setattr(RefusingBackend, "error", error)

    return refuse


@pytest.fixture
def message(placed, at):
    """An owed confirmation."""
    messages.owe_message(order=placed.order, kind="confirmation", at=at)
    return Message.objects.get()


def send(message, at):
    """Try to send a mail, and return whether it was sent now."""
    sent = messages.send_message(message_id=message.pk, at=at)
    message.refresh_from_db()
    return sent


def test_owed_mail_is_unsent_and_due(message, at):
    """An owed mail is due at once and was never tried."""
    assert (message.status, message.tries) == ("unsent", 0)
    assert messages.find_ready(at=at, limit=9) == [message.pk]


def test_mail_of_a_kind_is_owed_once(message, placed, at):
    """The same mail for the same order is owed once; a worker is asked once."""
    messages.owe_message(order=placed.order, kind="confirmation", at=at)
    messages.owe_message(order=placed.order, kind="sorry", at=at)

    assert Message.objects.count() == 2


def test_mail_is_owed_for_each_thing(placed, at):
    """Two refunds have two mails; the same one has one."""
    for reference in ("refund-1", "refund-2", "refund-1"):
        messages.owe_message(
            order=placed.order, kind="refunded", at=at, reference=reference
        )

    assert Message.objects.count() == 2


def test_worker_is_asked_once(placed, at, django_capture_on_commit_callbacks):
    """Owing a mail asks one worker, owing it again asks none."""
    with django_capture_on_commit_callbacks() as asked:
        for _ in range(2):
            messages.owe_message(order=placed.order, kind="confirmation", at=at)

    assert len(asked) == 1


def test_sent_mail_is_sent_once(message, at):
    """A mail goes out at its first try, and never again."""
    assert send(message, at) is True
    assert send(message, at + timedelta(days=1)) is False

    assert len(mail.outbox) == 1
    assert (message.status, message.sent_at, message.tries) == ("sent", at, 1)


def test_mail_being_sent_is_claimed(message, at, settings):
    """While one worker sends a mail no other does, until its lease has lapsed."""
    Message.objects.update(status="sending", tries=1, next_try_at=at + SLOW_WORKER)

    assert send(message, at + timedelta(minutes=9)) is False
    assert send(message, at + SLOW_WORKER) is True


def test_claim_is_taken_before_sending(message, at, refuse):
    """A worker that dies while sending leaves a claim that lapses."""
    refuse(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        send(message, at)

    message.refresh_from_db()
    assert (message.status, message.tries) == ("sending", 1)
    assert message.next_try_at == at + SLOW_WORKER
    assert messages.find_ready(at=at + SLOW_WORKER, limit=9) == [message.pk]


@pytest.mark.parametrize(
    "error", [OSError("nobody there"), smtplib.SMTPDataError(451, b"try later")]
)
def test_refused_mail_is_tried_again(error, message, at, refuse):
    """A refusal is shown on the row, with the moment of the next try."""
    refuse(error)

    assert send(message, at) is False

    assert (message.status, message.tries) == ("unsent", 1)
    assert message.error.startswith(type(error).__name__)
    assert message.next_try_at == at + timedelta(minutes=1)


@pytest.mark.checklist("K4")
def test_refusal_is_kept_without_the_address(message, at, refuse):
    """What a mail server quotes of the customer does not stand on the row."""
    email = message.order.email
    refuse(smtplib.SMTPRecipientsRefused({email: (550, b"no such user")}))

    send(message, at)

    message.refresh_from_db()
    assert "no such user" in message.error
    assert email not in message.error


def test_wait_doubles_up_to_six_hours(message, at, refuse):
    """Each refusal doubles the wait, from a minute up to six hours."""
    refuse(OSError())
    waits = []
    for _ in range(11):
        send(message, at)
        waits.append((message.next_try_at - at).total_seconds())
        at = message.next_try_at

    assert waits[:4] == [60, 120, 240, 480]
    assert waits[-2:] == [6 * 60 * 60] * 2


def test_twelfth_refusal_is_the_last(message, at, refuse, settings):
    """After twelve tries a mail is failed, and left to a person."""
    refuse(OSError())
    Message.objects.update(tries=11)

    send(message, at)

    assert (message.status, message.tries) == ("failed", 12)
    assert messages.find_ready(at=at + timedelta(days=9), limit=9) == []
    assert send(message, at + timedelta(days=9)) is False


def test_unforeseen_failure_is_kept_and_raised(message, at, refuse):
    """A backend's own error is shown on the row, tried again, and not hidden."""
    refuse(RuntimeError("quota"))

    with pytest.raises(RuntimeError):
        send(message, at)

    message.refresh_from_db()
    assert (message.status, message.error) == ("unsent", "RuntimeError: quota")


def test_failed_mail_is_owed_anew_on_demand(message, at, refuse, settings):
    """Staff can have a failed mail tried again from the start."""
    Message.objects.update(status="failed", tries=12, error="OSError: nobody")

    messages.retry_message(message_id=message.pk, at=at)

    message.refresh_from_db()
    assert (message.status, message.tries, message.error) == ("unsent", 0, "")
    assert send(message, at) is True


def test_long_reason_is_cut(message, at, refuse):
    """What a server says at length is cut to what the row holds."""
    refuse(OSError("x" * 500))

    send(message, at)

    assert len(message.error) == 300


def test_ready_mails_come_oldest_first(message, placed, at):
    """The mail that waits longest is found first, up to the limit."""
    messages.owe_message(order=placed.order, kind="sorry", at=at - timedelta(hours=1))
    sorry = Message.objects.get(kind="sorry")

    assert messages.find_ready(at=at, limit=9) == [sorry.pk, message.pk]
    assert messages.find_ready(at=at, limit=1) == [sorry.pk]
    assert messages.find_ready(at=at - timedelta(days=1), limit=9) == []
