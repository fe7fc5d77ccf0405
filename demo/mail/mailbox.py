"""Reads the messages that the demo's mail backend wrote."""

import dataclasses
import datetime
import email.policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

SHOWN = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Letter:
    """One message on disk, with what the page shows of it."""

    name: str
    subject: str
    sender: str
    recipients: str
    sent_at: datetime.datetime
    text: str
    html: str
    raw: bytes


def list_letters() -> list[Letter]:
    """Return the latest messages, newest first."""
    paths = sorted(Path(settings.MAIL_ROOT).glob("*.eml"), reverse=True)
    return [_read(path) for path in paths[:SHOWN]]


def find_letter(name: str) -> Letter | None:
    """Return the message of that name, or None."""
    path = Path(settings.MAIL_ROOT) / f"{name}.eml"
    return _read(path) if path.is_file() else None


def _read(path: Path) -> Letter:
    raw = path.read_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    written = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
    return Letter(
        name=path.stem,
        subject=str(message["subject"] or ""),
        sender=str(message["from"] or ""),
        recipients=str(message["to"] or ""),
        sent_at=written,
        text=_body(message, "plain"),
        html=_body(message, "html"),
        raw=raw,
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
