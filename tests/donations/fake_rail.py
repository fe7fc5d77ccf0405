"""A rail that pays into a book, with faults on order; it stands behind our own port."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from donations.services import rails

NAME = "fake"
ACCOUNT = "acct_1"


@dataclass
class Book:
    """What was paid by key, what was asked, and which faults are still to come."""

    paid: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    obstacles: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    reference: str = "fake_1"


book = Book()


class FakeRail:
    """Pays each key once, whatever is asked again."""

    def prepare(self, *, account, currency):
        """Say what the test ordered for this account."""
        found = book.obstacles.get(account, "")
        if isinstance(found, Exception):
            raise found
        return found

    def send(self, *, instruction, at):
        """Pay, or have the next fault that the test ordered."""
        book.asked.append(instruction)
        fault = book.faults.pop(0) if book.faults else None
        if isinstance(fault, rails.Outcome):
            return fault
        if callable(fault):
            fault()
        book.paid.setdefault(instruction.key, instruction)
        book.lines = list(rails.list_lines(instruction=instruction))
        if isinstance(fault, Exception):
            raise fault
        return rails.Outcome(is_paid=True, reference=book.reference)

    def withdraw(self, *, instruction, at):
        """Say what was paid under this key, or have the fault that the test ordered."""
        fault = book.faults.pop(0) if book.faults else None
        if isinstance(fault, Exception):
            raise fault
        return sum(one.amount for one in self.list_evidence(instruction=instruction))

    def list_evidence(self, *, instruction):
        """Name what was paid under this key."""
        paid = book.paid.get(instruction.key)
        moved_at = datetime(2026, 4, 2, 12, tzinfo=UTC)
        evidence = rails.Evidence(book.reference, instruction.amount, moved_at)
        return [evidence] if paid else []
