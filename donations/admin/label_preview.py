"""The label of a draft as shoppers would read it, from the form as it is typed."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.text import capfirst

from donations.domain import money
from donations.models import PledgeShare, PledgeVersion
from donations.services import labels, pledges

# What a piece costs in the example, in the unit that people speak of.
_EXAMPLE_PRICE = "1000"


def preview_saved(version: PledgeVersion | None) -> dict[str, Any]:
    """Return the label of a version as it is stored."""
    if version is None or version.pk is None:
        return {"faults": ["Save the draft first, or let the page run its script."]}
    rows = version.shares.select_related("beneficiary").order_by("ordinal")
    return _preview(version, list(rows))


def preview_typed(form: Any, formsets: Iterable[Any]) -> dict[str, Any]:
    """Return the label of what is typed, or what stands in its way; save nothing."""
    rows = [row for formset in formsets for row in _read_rows(formset)]
    if not form.is_valid():
        return {"faults": list(_name_faults(form))}
    return _preview(form.instance, sorted(rows, key=lambda row: row.ordinal))


def _preview(version: PledgeVersion, rows: list[PledgeShare]) -> dict[str, Any]:
    if not rows:
        return {"faults": ["Name at least one beneficiary."]}
    try:
        terms = pledges.describe_draft(version=version, rows=rows)
        price = money.parse_money(_EXAMPLE_PRICE, version.currency)
        amount = pledges.quote_share(terms=terms, price=price)
    except ValueError as error:
        return {"faults": [f"{capfirst(str(error))}."]}
    return {
        "label": labels.print_piece(terms=terms, amount=amount),
        "price": labels.format_amount(amount=price),
    }


def _read_rows(formset: Any) -> Iterator[PledgeShare]:
    """Yield the beneficiaries as typed, without those to be deleted."""
    for form in formset.forms:
        form.full_clean()
        row = form.instance
        if row.beneficiary_id and not form.cleaned_data.get("DELETE"):
            yield row


def _name_faults(form: Any) -> Iterator[str]:
    for name, faults in form.errors.items():
        title = form.fields[name].label if name in form.fields else ""
        yield f"{title}: {faults[0]}" if title else str(faults[0])
