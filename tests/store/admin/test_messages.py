"""Mails in the admin: failures are told, and a mail can be owed anew."""

import datetime

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from store.domain.order import MessageStatus
from store.models import Message
from tests.store import paying
from tests.store_factories import AT


@pytest.fixture
def failed(db):
    """A confirmation that the mail server refused twelve times."""
    order = paying.make_paid_order()
    message = order.messages.get()
    Message.objects.update(
        status=MessageStatus.FAILED,
        tries=12,
        error="SMTPRecipientsRefused: no such mailbox",
        next_try_at=AT + datetime.timedelta(days=1),
    )
    message.refresh_from_db()
    return message


def _send_again(client, message):
    return client.post(
        reverse("admin:store_message_changelist"),
        {"action": "send_again", "_selected_action": [message.pk]},
    )


def test_failures_are_told(admin_client, failed):
    """The list shows how often a mail was tried and what the server said."""
    page = admin_client.get(reverse("admin:store_message_changelist"))

    text = page.content.decode()
    assert "SMTPRecipientsRefused: no such mailbox" in text
    assert '<td class="field-tries">12</td>' in text


def test_a_mail_can_be_sent_again(admin_client, failed):
    """The action owes the mail anew, from the first try."""
    _send_again(admin_client, failed)

    failed.refresh_from_db()
    assert (failed.status, failed.tries, failed.error) == ("unsent", 0, "")


def test_sending_again_needs_the_permission(client, failed, django_user_model):
    """Whoever may only look cannot send."""
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_message"))
    client.force_login(clerk)

    _send_again(client, failed)

    failed.refresh_from_db()
    assert failed.status == MessageStatus.FAILED
