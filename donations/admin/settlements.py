"""Settlements: drafted from a pledge, approved by a second person, then confirmed.

The screen is read only; its buttons are the two steps, and the services decide.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from donations.admin import ledger, screens
from donations.domain import money
from donations.domain.donation import IllegalMoveError, SettlementStatus
from donations.models import Settlement, SettlementPart
from donations.services import settlements


class PartInline(screens.ReadOnlyRows):
    """Who gets how much of a settlement."""

    model = SettlementPart
    fields = ["beneficiary", "formatted"]
    readonly_fields = ("beneficiary", "formatted")

    @admin.display(description="Amount")
    def formatted(self, part: SettlementPart) -> str:
        """Return the amount as people write it."""
        return money.format_money(money.Money(part.amount, part.settlement.currency))


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
    search_fields = ["=uuid", "reference"]
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
        context = {
            "is_approvable": settlement is not None
            and settlement.status == SettlementStatus.DRAFTED
            and settlement.drafted_by_id != request.user.pk
            and request.user.has_perm("donations.approve_settlement"),
            "is_confirmable": settlement is not None
            and settlement.status == SettlementStatus.APPROVED
            and request.user.has_perm("donations.change_settlement"),
        }
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def _take_step(self, request: HttpRequest, settlement_id: int) -> HttpResponse:
        is_approval = "approve" in request.POST
        right = "approve" if is_approval else "change"
        if not request.user.has_perm(f"donations.{right}_settlement"):
            raise PermissionDenied
        try:
            if is_approval:
                _approve(request, settlement_id)
            else:
                _confirm(request, settlement_id)
        except (
            settlements.SecondPersonError,
            settlements.SettlementChangedError,
            settlements.ReferenceMissingError,
            IllegalMoveError,
        ) as error:
            self.message_user(request, f"Nothing was done: {error}.", messages.ERROR)
        else:
            self.message_user(request, "Done.", messages.SUCCESS)
        return HttpResponseRedirect(request.path)


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
