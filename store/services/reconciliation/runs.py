"""One run over a stretch of time: all is compared and written down, one thing mended.

"Paid at Stripe, unpaid here" is mended, since a customer waits for what they have paid.
Everything else is a row for a person: nothing is repaired silently.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from store.models import Difference
from store.services import payments
from store.services.reconciliation import (
    balances,
    differences,
    disputes,
    donations,
    looking,
    orders,
    refunds,
    sessions,
)
from store.services.reconciliation.findings import DAY, Finding, Window, midnight
from store.services.reconciliation.pacing import Pace

logger = logging.getLogger(__name__)

# What is held in memory at a time: the names of a week's payments.
_SLICE = timedelta(days=7)
_Kind = Difference.Kind


@dataclass(slots=True)
class Report:
    """What a run saw: what is open, what it mended, and the sums day by day."""

    window: Window
    is_dry: bool
    found: list[Finding] = field(default_factory=list)
    repaired: list[Finding] = field(default_factory=list)
    gone: int = 0
    calls: int = 0
    converted: int = 0
    totals: dict[balances.Key, balances.Total] = field(default_factory=dict)


Progress = Callable[[str, int, int], None]


def _ignore(step: str, done: int, total: int) -> None:
    """Show no progress."""


def reconcile(
    *,
    since: datetime,
    until: datetime,
    at: datetime,
    is_dry: bool = False,
    progress: Progress = _ignore,
) -> Report:
    """Compare what Stripe and we know of a stretch of time, both ways.

    A Session lives for up to a day, so one day more is compared. Differences of earlier
    runs are looked at again: what is gone is resolved. With `is_dry` nothing at all is
    written, and what would be mended is among what is found.

    Raises:
        GatewayError: Stripe cannot be asked; what was found until then is kept.
    """
    window = Window(midnight(moment=since - DAY), until)
    return _Run(window, at, is_dry=is_dry, progress=progress).go()


class _Run:
    """What the steps of one run share."""

    def __init__(
        self, window: Window, at: datetime, *, is_dry: bool, progress: Progress
    ) -> None:
        self.report = Report(window, is_dry)
        self.at = at
        self.pace = Pace()
        self.books = balances.Books(at=at)
        self.progress = progress
        self.seen: set[tuple[str, str]] = set()

    def go(self) -> Report:
        slices = list(self.report.window.slices(_SLICE))
        steps = (
            ("payments", self._compare_payments),
            ("refunds", self._compare_refunds),
            ("disputes", self._compare_disputes),
            ("orders and donations", self._compare_orders),
            ("balance", self._read_books),
        )
        total = len(slices) * len(steps) + 1
        for number, (part, (name, step)) in enumerate(
            (part, step) for part in slices for step in steps
        ):
            self.progress(name, number, total)
            step(part)
        self.progress("earlier differences", total - 1, total)
        self._finish()
        self.progress("done", total, total)
        return self.report

    def _compare_payments(self, part: Window) -> None:
        for session_id in sessions.suspect(window=part, pace=self.pace):
            finding = sessions.look(reference=session_id, pace=self.pace)
            is_mendable = finding and finding.kind == _Kind.UNKNOWN_PAYMENT
            if finding and is_mendable and not self.report.is_dry:
                finding = self._mend(finding)
            if finding:
                self._keep(finding)

    def _compare_refunds(self, part: Window) -> None:
        suspects = refunds.suspect(window=part, pace=self.pace, at=self.at)
        if part.since == self.report.window.since:
            suspects = chain(refunds.find_older(than=part.since), suspects)
            for overdue in refunds.find_overdue(at=self.at):
                self._keep(overdue)
        for gateway_id in suspects:
            self._look(_Kind.REFUND_AMOUNT, gateway_id)

    def _compare_disputes(self, part: Window) -> None:
        suspects = disputes.suspect(window=part, pace=self.pace, at=self.at)
        if part.since == self.report.window.since:
            suspects = chain(disputes.find_older(than=part.since), suspects)
        for gateway_id in suspects:
            self._look(_Kind.DISPUTE_AMOUNT, gateway_id)

    def _compare_orders(self, part: Window) -> None:
        for order_id in _suspect_orders(part):
            for finding in looking.look_at_order(order_id=order_id):
                self._keep(finding)

    def _read_books(self, part: Window) -> None:
        for finding in self.report.found:
            if finding.kind in {_Kind.UNKNOWN_REFUND, _Kind.UNKNOWN_DISPUTE}:
                self.books.claim(finding.reference)
        balances.read(window=part, pace=self.pace, books=self.books)

    def _finish(self) -> None:
        for finding in balances.judge(books=self.books):
            self._keep(finding)
        if not self.report.is_dry:
            self._look_again()
        self.report.totals = self.books.totals
        self.report.converted = self.books.converted
        self.report.calls = self.pace.calls

    def _look_again(self) -> None:
        """Look at what earlier runs found and this one did not see."""
        opened = Difference.objects.open().order_by("pk")
        for row in opened.iterator():
            if (row.kind, row.reference) in self.seen:
                continue
            finding = looking.look(
                kind=row.kind, reference=row.reference, pace=self.pace, at=self.at
            )
            if finding is None or finding.kind != row.kind:
                differences.close_gone(difference_id=row.pk, at=self.at)
                self.report.gone += 1
            if finding:
                self._keep(finding)

    def _look(self, kind: str, reference: str) -> None:
        finding = looking.look(
            kind=kind, reference=reference, pace=self.pace, at=self.at
        )
        if finding:
            self._keep(finding)

    def _mend(self, finding: Finding) -> Finding | None:
        """Do for a payment what its webhook should have done; return what is left."""
        self.pace.wait()
        try:
            payments.confirm_payment(session_id=finding.reference, at=self.at)
        except Exception:
            # One order that cannot be paid must not hide what is wrong with others.
            logger.exception("reconciliation cannot confirm %s", finding.reference)
            return finding
        left = sessions.look(reference=finding.reference, pace=self.pace)
        if left is None:
            differences.record_repaired(finding=finding, at=self.at)
            self.report.repaired.append(finding)
        return left

    def _keep(self, finding: Finding) -> None:
        key = (str(finding.kind), finding.reference)
        if key in self.seen:
            return
        self.seen.add(key)
        self.report.found.append(finding)
        if not self.report.is_dry:
            differences.report(finding=finding, at=self.at)


def _suspect_orders(part: Window) -> Iterator[int]:
    for chunk in orders.chunks(window=part):
        suspects = {order.pk for order in chunk if orders.judge(order=order)}
        found = donations.judge(chunk=chunk)
        suspects |= {one.order_id for one in found if one.order_id}
        yield from sorted(suspects)
