"""Mail as files: one message, one file."""

import email
import email.policy

import pytest
from django.core.mail import EmailMultiAlternatives

from demo.mail.backend import EmailBackend


@pytest.fixture
def folder(settings, tmp_path):
    """The folder that the backend writes to."""
    settings.MAIL_ROOT = tmp_path / "mail"
    return settings.MAIL_ROOT


def _message(subject):
    message = EmailMultiAlternatives(
        subject, "Grüße, plain", "Shop <shop@shop.example>", ["grace@shop.example"]
    )
    message.attach_alternative("<p>Grüße</p>", "text/html")
    return message


def test_each_message_is_one_file(folder):
    """Messages sent together still lie in files of their own."""
    count = EmailBackend().send_messages([_message("First"), _message("Second")])

    files = sorted(folder.iterdir())
    subjects = [
        email.message_from_bytes(file.read_bytes())["Subject"] for file in files
    ]
    assert count == 2
    assert subjects == ["First", "Second"]
    assert {file.suffix for file in files} == {".eml"}


def test_files_hold_the_whole_message(folder):
    """Both parts can be read back, whatever letters they use."""
    EmailBackend().send_messages([_message("Order X")])

    raw = next(folder.iterdir()).read_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message.get_body(("html",)).get_content().strip() == "<p>Grüße</p>"
    assert message["To"] == "grace@shop.example"
