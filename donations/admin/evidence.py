"""What proves a settlement, to look at and to download, each in bounded memory."""

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html

from donations.conf import conf
from donations.domain import money
from donations.models import SettlementPart
from donations.services import payment_files, rails, remittances

# Stands for the rows, which are too many to render at once.
_ROWS = "\ue000"


def download_advice(request: HttpRequest, part_id: int) -> HttpResponseBase:
    """Send the remittance advice of a part as CSV."""
    part = _find_part(request, part_id)
    return _attach(
        remittances.write_csv(part=part), f"remittance-{part.pk}.csv", "text/csv"
    )


def print_advice(request: HttpRequest, part_id: int) -> HttpResponseBase:
    """Show the remittance advice of a part as a page that prints well."""
    return StreamingHttpResponse(_render_advice(_find_part(request, part_id)))


def download_evidence(request: HttpRequest, part_id: int) -> HttpResponseBase:
    """Send what a rail moved for a part, by its own names, as CSV."""
    part = _find_part(request, part_id)
    return _attach(_list_evidence(part), f"evidence-{part.pk}.csv", "text/csv")


def download_payment_file(request: HttpRequest, settlement_id: int) -> HttpResponseBase:
    """Send the SEPA file of a settlement, or say why there is none."""
    _check_right(request, "change")
    try:
        file = payment_files.write_payment_file(
            settlement_id=settlement_id, at=timezone.now()
        )
    except payment_files.PaymentFileError as error:
        text = f"There is no payment file: {error}.\n"
        return HttpResponse(text, "text/plain; charset=utf-8", status=409)
    return _attach(iter([file]), f"payment-{settlement_id}.xml", "application/xml")


def _find_part(request: HttpRequest, part_id: int) -> SettlementPart:
    _check_right(request, "view")
    rows = SettlementPart.objects.select_related("settlement__pledge", "beneficiary")
    return get_object_or_404(rows, pk=part_id)


def _check_right(request: HttpRequest, right: str) -> None:
    if not request.user.has_perm(f"donations.{right}_settlement"):
        raise PermissionDenied


def _attach(
    content: Iterator[str] | Iterator[bytes], name: str, kind: str
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _render_advice(part: SettlementPart) -> Iterator[str]:
    context = {
        "part": part,
        "amount": money.format_money(part.money),
        "merchant_name": conf.MERCHANT_NAME,
        "rows": _ROWS,
    }
    page = render_to_string("donations/admin/advice.html", context)
    head, _, foot = page.partition(_ROWS)
    yield head
    for line in remittances.list_lines(part=part):
        yield format_html(
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            line.donation or "carried over",
            line.sold_on or "",
            money.format_money(line.amount),
        )
    yield foot


def _list_evidence(part: SettlementPart) -> Iterator[str]:
    yield "reference,amount_minor,currency,moved_at\r\n"
    rail = rails.get_rail(name=part.rail)
    instruction = rails.build_instruction(part=part)
    for one in rail.list_evidence(instruction=instruction) if rail else ():
        moved_at = one.moved_at.isoformat()
        currency = part.settlement.currency
        yield f"{one.reference},{one.amount},{currency},{moved_at}\r\n"
