"""What the buttons on a settlement's screen do; the services decide."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils import timezone

from donations.admin import screens
from donations.domain.donation import IllegalMoveError
from donations.models import SettlementPart
from donations.services import acknowledgements, rails, sending, settlements

# What a step may say no with.
REFUSALS = (
    settlements.SecondPersonError,
    settlements.SettlementChangedError,
    settlements.DetailsOpenError,
    settlements.ReferenceMissingError,
    settlements.RailNotReadyError,
    settlements.PaidByRailError,
    settlements.ReasonMissingError,
    sending.PartBusyError,
    sending.MoneyMovedError,
    rails.RailUnavailableError,
    rails.RailUnknownError,
    acknowledgements.NotAskableError,
    IllegalMoveError,
)


def _take_on(request: HttpRequest, settlement_id: int) -> None:
    settlements.take_on_settlement(
        settlement_id=settlement_id,
        drafted_by_id=screens.user_id(request),
        digest=request.POST.get("digest", ""),
        at=timezone.now(),
    )


def _approve(request: HttpRequest, settlement_id: int) -> None:
    settlements.approve_settlement(
        settlement_id=settlement_id,
        approved_by_id=screens.user_id(request),
        digest=request.POST.get("digest", ""),
        at=timezone.now(),
    )


def _confirm(request: HttpRequest, settlement_id: int) -> None:
    settlements.confirm_settlement(
        settlement_id=settlement_id,
        reference=request.POST.get("reference", ""),
        at=timezone.now(),
    )


def _send_again(request: HttpRequest, settlement_id: int) -> None:
    for part in SettlementPart.objects.filter(settlement=settlement_id):
        if str(part.pk) == request.POST["send"]:
            sending.retry_part(part_id=part.pk, at=timezone.now())


def _fail(request: HttpRequest, settlement_id: int) -> None:
    for part in SettlementPart.objects.filter(settlement=settlement_id):
        if str(part.pk) == request.POST["fail"]:
            settlements.fail_part(
                part_id=part.pk,
                failed_by_id=screens.user_id(request),
                reason=request.POST.get(f"reason-{part.pk}", ""),
                at=timezone.now(),
            )


def _discard(request: HttpRequest, settlement_id: int) -> None:
    settlements.discard_settlement(
        settlement_id=settlement_id,
        discarded_by_id=screens.user_id(request),
        at=timezone.now(),
    )


def _ask_again(request: HttpRequest, settlement_id: int) -> None:
    for part in SettlementPart.objects.filter(settlement=settlement_id):
        if str(part.pk) == request.POST["ask"]:
            acknowledgements.ask_again(part_id=part.pk, at=timezone.now())


# What a button's name does, and the right to do it.
STEPS: dict[str, tuple[Callable[[HttpRequest, int], None], str]] = {
    "take_on": (_take_on, "add"),
    "approve": (_approve, "approve"),
    "confirm": (_confirm, "change"),
    "send": (_send_again, "change"),
    "fail": (_fail, "fail"),
    "discard": (_discard, "add"),
    "ask": (_ask_again, "change"),
}
