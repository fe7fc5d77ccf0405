"""The settlement desk: one screen that says what can be paid, what not, and why."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import ngettext

from donations.admin import screens
from donations.domain.donation import IllegalMoveError
from donations.models import Acknowledgement
from donations.services import (
    acknowledgements,
    deadlines,
    settlement_desk,
    settlements,
)

_REFUSALS = (
    settlements.NothingToSettleError,
    settlements.SettlementChangedError,
    acknowledgements.NotAskableError,
    IllegalMoveError,
)


def show_desk(request: HttpRequest) -> HttpResponse:
    """Show the desk, or take the step whose button was pressed."""
    _check_right(request, "view")
    if request.method == "POST":
        return _take_step(request)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Settlement desk",
        "desk": settlement_desk.read_desk(at=timezone.now()),
        "overdue_count": deadlines.count_overdue(on=timezone.localdate()),
        "disputed": Acknowledgement.Answer.DISPUTED,
        "may_draft": request.user.has_perm("donations.add_settlement"),
        "may_ask": request.user.has_perm("donations.change_settlement"),
    }
    return TemplateResponse(request, "donations/admin/desk.html", context)


def _take_step(request: HttpRequest) -> HttpResponse:
    try:
        done = _act(request)
    except _REFUSALS as error:
        messages.error(request, f"Nothing was done: {error}.")
    else:
        messages.success(request, done)
    return HttpResponseRedirect(request.path)


def _act(request: HttpRequest) -> str:
    """Ask again, discard or draft, as the pressed button says."""
    if "ask" in request.POST:
        _check_right(request, "change")
        part_id = int(request.POST["ask"])
        acknowledgements.ask_again(part_id=part_id, at=timezone.now())
        return "The beneficiary is asked again."
    _check_right(request, "add")
    if "discard" in request.POST:
        settlements.discard_settlement(
            settlement_id=int(request.POST["discard"]),
            discarded_by_id=screens.user_id(request),
            at=timezone.now(),
        )
        return "The draft is discarded; its donations are free again."
    drafted = settlements.draft_settlements(
        pledge_id=int(request.POST["draft"]),
        drafted_by_id=screens.user_id(request),
        at=timezone.now(),
    )
    return ngettext(
        "The settlement is drafted.",
        "%(count)d settlements are drafted, one in each currency.",
        len(drafted),
    ) % {"count": len(drafted)}


def _check_right(request: HttpRequest, right: str) -> None:
    if not request.user.has_perm(f"donations.{right}_settlement"):
        raise PermissionDenied
