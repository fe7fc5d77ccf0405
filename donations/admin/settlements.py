"""Settlements: drafted from a pledge, approved by a second person, then confirmed.

The screen is read only; its buttons are the steps, and the services decide.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from donations.admin import ledger, screens
from donations.domain import money
from donations.domain.donation import IllegalMoveError, SettlementStatus
from donations.models import Settlement, SettlementPart
from donations.services import rails, sending, settlements


class PartInline(screens.ReadOnlyRows):
    """Who gets how much of a settlement, by which way, and how far it came."""

    model = SettlementPart
    fields = ["beneficiary", "formatted", "way", "stand", "problem", "paid_at"]
    readonly_fields = (
        "beneficiary",
        "formatted",
        "way",
        "stand",
        "problem",
        "paid_at",
    )

    @admin.display(description="Amount")
    def formatted(self, part: SettlementPart) -> str:
        """Return the amount as people write it."""
        return money.format_money(money.Money(part.amount, part.settlement.currency))

    @admin.display(description="Rail")
    def way(self, part: SettlementPart) -> str:
        """Return the rail, with the account that it pays to."""
        return f"{part.rail} {part.rail_account}".strip()

    @admin.display(description="Status")
    def stand(self, part: SettlementPart) -> str:
        """Return how far the payment came; what is not paid is still owed."""
        if part.paid_at is not None:
            return f"paid, {part.reference}"
        if part.failed_at is not None:
            return f"failed: {part.failure}"
        if part.settlement.status != SettlementStatus.APPROVED:
            return str(part.settlement.status)
        if part.rail == rails.BANK:
            return "waits for the bank's reference"
        return f"on its way, tries: {part.tries}"


@admin.register(Settlement)
class SettlementAdmin(screens.ReadOnlyScreen):
    """The payments to beneficiaries and the two people behind each."""

    change_form_template = "donations/admin/settlement.html"
    list_display = [
        "pk",
        "pledge",
        "formatted",
        "status",
        "drafted_by",
        "approved_by",
        "paid_at",
    ]
    list_filter = ["status", "pledge", "currency", "paid_at"]
    list_select_related = ["pledge", "drafted_by", "approved_by"]
    search_fields = ["=uuid", "reference", "parts__reference"]
    inlines = [PartInline, ledger.EntryInline]

    @admin.display(description="Amount", ordering="amount")
    def formatted(self, settlement: Settlement) -> str:
        """Return the amount as people write it."""
        return money.format_money(settlement.money)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the settlement, or take the step whose button was pressed."""
        if request.method == "POST":
            return self._take_step(request, int(object_id))
        settlement = Settlement.objects.filter(pk=object_id).first()
        context = _offer_steps(request, settlement) if settlement else {}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def _take_step(self, request: HttpRequest, settlement_id: int) -> HttpResponse:
        named = (name for name in _STEPS if name in request.POST)
        take, right = _STEPS[next(named, "confirm")]
        if not request.user.has_perm(f"donations.{right}_settlement"):
            raise PermissionDenied
        try:
            take(request, settlement_id)
        except (
            settlements.SecondPersonError,
            settlements.SettlementChangedError,
            settlements.ReferenceMissingError,
            settlements.RailNotReadyError,
            settlements.PaidByRailError,
            settlements.ReasonMissingError,
            sending.PartBusyError,
            sending.MoneyMovedError,
            rails.RailUnavailableError,
            IllegalMoveError,
        ) as error:
            self.message_user(request, f"Nothing was done: {error}.", messages.ERROR)
        else:
            self.message_user(request, "Done.", messages.SUCCESS)
        return HttpResponseRedirect(request.path)


def _offer_steps(request: HttpRequest, settlement: Settlement) -> dict[str, Any]:
    """Return which buttons a person is shown."""
    is_approved = settlement.status == SettlementStatus.APPROVED
    is_drafted = settlement.status == SettlementStatus.DRAFTED
    has_right = request.user.has_perm("donations.change_settlement")
    unpaid = settlement.parts.open()
    by_rail = unpaid.exclude(rail=rails.BANK).select_related("beneficiary")
    return {
        "is_free": is_drafted
        and not settlement.is_proposed
        and request.user.has_perm("donations.add_settlement"),
        "is_approvable": is_drafted
        and settlement.is_proposed
        and settlement.drafted_by_id != request.user.pk
        and request.user.has_perm("donations.approve_settlement"),
        "is_confirmable": is_approved
        and has_right
        and unpaid.filter(rail=rails.BANK).exists(),
        "late_parts": list(by_rail.order_by("pk")) if is_approved and has_right else [],
        "failing_parts": list(unpaid.select_related("beneficiary").order_by("pk"))
        if is_approved and request.user.has_perm("donations.fail_settlement")
        else [],
    }


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


# What a button's name does, and the right to do it.
_STEPS: dict[str, tuple[Callable[[HttpRequest, int], None], str]] = {
    "take_on": (_take_on, "add"),
    "approve": (_approve, "approve"),
    "confirm": (_confirm, "change"),
    "send": (_send_again, "change"),
    "fail": (_fail, "fail"),
}
