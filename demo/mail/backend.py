"""A mail backend that keeps each message as one `.eml` file.

Django's own file backend writes logs of several messages; one message a file opens in
any mail program and can be counted.
"""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

_numbers = itertools.count()


class EmailBackend(BaseEmailBackend):
    """Writes every message to `settings.MAIL_ROOT`."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message to its own file, whole or not at all; return how many."""
        Path(settings.MAIL_ROOT).mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            _write(message)
        return len(email_messages)


def _write(message: EmailMessage) -> None:
    stamp = timezone.now().strftime("%Y%m%dT%H%M%S%f")
    name = f"{stamp}-{os.getpid()}-{next(_numbers)}"
    draft = Path(settings.MAIL_ROOT) / f".{name}"
    draft.write_bytes(message.message().as_bytes())
    draft.rename(draft.with_name(f"{name}.eml"))
