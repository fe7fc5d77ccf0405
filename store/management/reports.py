"""What a reconciliation saw, as lines for a person and as an object for a program."""

from collections.abc import Iterator, Sequence
from typing import Any

from donations.domain import money
from store.management import columns
from store.models import Order
from store.services.reconciliation import actions, balances, runs
from store.services.reconciliation.findings import Finding

_SUMS = ("day", "currency", "sum", "ours", "Stripe", "difference")
_FINDINGS = ("kind", "reference", "order", "ours", "Stripe", "details", "action")
_NUMBERS = ("ours", "Stripe", "difference")
_MOMENT = "%Y-%m-%d %H:%M"


def lines(report: runs.Report) -> Iterator[str]:
    """Yield the report as lines of plain text."""
    numbers = _read_numbers([*report.found, *report.repaired])
    yield (
        f"Compared {report.window.since:{_MOMENT}} to {report.window.until:{_MOMENT}} "
        f"UTC with {report.calls} calls to Stripe."
    )
    if report.totals:
        rows = [_total_row(*one) for one in sorted(report.totals.items())]
        yield from ("", *columns.align(_SUMS, rows, right=_NUMBERS))
    if report.converted:
        yield f"{report.converted} amounts that Stripe converted are not compared."
    if report.repaired:
        yield from _table("Repaired:", report.repaired, numbers)
    if report.gone:
        yield from ("", f"{report.gone} earlier differences are gone.")
    if report.found:
        title = "Differences:" if not report.is_dry else _dry_title(report)
        yield from _table(title, report.found, numbers)


def describe(report: runs.Report) -> dict[str, Any]:
    """Return the report as an object that JSON can hold; amounts in minor units."""
    numbers = _read_numbers([*report.found, *report.repaired])
    return {
        "since": report.window.since.isoformat(),
        "until": report.window.until.isoformat(),
        "dry_run": report.is_dry,
        "ok": not report.found,
        "calls": report.calls,
        "converted": report.converted,
        "gone": report.gone,
        "totals": [_describe_total(*one) for one in sorted(report.totals.items())],
        "repaired": [_describe(one, numbers) for one in report.repaired],
        "differences": [_describe(one, numbers) for one in report.found],
    }


def _dry_title(report: runs.Report) -> str:
    payments = sum(one.kind == "unknown_payment" for one in report.found)
    would = f"; {payments} payments would be booked" if payments else ""
    return f"Differences (dry run: nothing is written{would}):"


def _table(
    title: str, found: Sequence[Finding], numbers: dict[int, str]
) -> Iterator[str]:
    rows = [
        (
            str(one.kind),
            one.reference,
            numbers.get(one.order_id or 0, ""),
            _show(one.ours_amount, one.currency),
            _show(one.theirs_amount, one.currency),
            one.details,
            actions.find_label(kind=one.kind, reference=one.reference),
        )
        for one in found
    ]
    yield from ("", title, *columns.align(_FINDINGS, rows, right=_NUMBERS))


def _total_row(key: balances.Key, total: balances.Total) -> tuple[str, ...]:
    day, currency, kind = key
    amounts = (
        total.ours_amount,
        total.theirs_amount,
        total.theirs_amount - total.ours_amount,
    )
    shown = (_show(amount, currency) for amount in amounts)
    return (f"{day:%Y-%m-%d}", currency, str(kind), *shown)


def _describe_total(key: balances.Key, total: balances.Total) -> dict[str, Any]:
    day, currency, kind = key
    return {
        "day": day.isoformat(),
        "currency": currency,
        "sum": str(kind),
        "ours": total.ours_amount,
        "stripe": total.theirs_amount,
        "differing": total.sources,
    }


def _describe(one: Finding, numbers: dict[int, str]) -> dict[str, Any]:
    return {
        "kind": str(one.kind),
        "reference": one.reference,
        "order": numbers.get(one.order_id or 0, ""),
        "ours": one.ours_amount,
        "stripe": one.theirs_amount,
        "currency": one.currency,
        "details": one.details,
        "action": actions.find_label(kind=one.kind, reference=one.reference),
    }


def _show(amount: int | None, currency: str) -> str:
    if amount is None:
        return ""
    return f"{money.major_units(money.Money(amount, currency)):,f}"


def _read_numbers(found: Sequence[Finding]) -> dict[int, str]:
    """Return the numbers of the orders, with one statement."""
    pks = {one.order_id for one in found if one.order_id}
    return dict(Order.objects.filter(pk__in=pks).values_list("pk", "number"))
