"""The whole shop in one's hand, for journeys through it."""

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from demo.stripe_simulator.simulator import Simulator
from tests.workers import Worker


@dataclass(frozen=True, slots=True)
class Shop:
    """A running shop: its address and the parts that stand around it."""

    url: str
    simulator: Simulator
    worker: Worker
    mail_folder: Path

    def mails(self) -> list[EmailMessage]:
        """Return the mails that the worker has sent, oldest first."""
        paths = sorted(
            self.mail_folder.iterdir(), key=lambda path: path.stat().st_mtime
        )
        return [mail for path in paths for mail in _read(path)]

    def wait(self) -> None:
        """Wait until every webhook is delivered and the worker has nothing to do."""
        self.simulator.deliveries.deliver()
        self.worker.wait_until_idle()


def _read(path: Path) -> list[EmailMessage]:
    # Django's file backend writes every mail of one connection into one file, with a
    # line of dashes after each.
    texts = path.read_text(encoding="utf-8").split(f"\n{'-' * 79}\n")
    policy = email.policy.default
    return [
        email.message_from_string(text, policy=policy) for text in texts if text.strip()
    ]
