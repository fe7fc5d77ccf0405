"""Settlements: drafted from a pledge, approved by a second person, then confirmed.

The screen is read only; its buttons are the steps, and the services decide.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from donations.admin import desk, evidence, ledger, screens, settlement_steps
from donations.domain import money
from donations.domain.donation import SettlementStatus
from donations.models import Settlement, SettlementPart
from donations.services import rails

_View = Callable[..., HttpResponseBase]


class PartInline(screens.ReadOnlyRows):
    """Who gets how much of a settlement, by which way, and how far it came."""

    model = SettlementPart
    fields = ["beneficiary", "formatted", "way", "stand", "problem", "papers"]
    readonly_fields = (
        "beneficiary",
        "formatted",
        "way",
        "stand",
        "problem",
        "papers",
    )

    @admin.display(description="Amount")
    def formatted(self, part: SettlementPart) -> str:
        """Return the amount as people write it."""
        return money.format_money(part.money)

    @admin.display(description="Rail")
    def way(self, part: SettlementPart) -> str:
        """Return the rail, with the account that it pays to."""
        account = part.bank_account or part.rail_account
        return f"{part.rail} {account}".strip()

    @admin.display(description="Status")
    def stand(self, part: SettlementPart) -> str:
        """Return how far the payment came; what is not paid is still owed."""
        if part.acknowledged_at is not None:
            return f"paid, {part.reference}, acknowledged"
        if part.paid_at is not None:
            return f"paid, {part.reference}, not acknowledged yet"
        if part.failed_at is not None:
            return f"failed: {part.failure}"
        if part.settlement.status != SettlementStatus.APPROVED:
            return str(part.settlement.status)
        if part.rail == rails.BANK:
            return "waits for the bank's reference"
        return f"on its way, tries: {part.tries}"

    @admin.display(description="Remittance advice")
    def papers(self, part: SettlementPart) -> SafeString:
        """Link to what proves the part."""
        names = {"advice_csv": "CSV", "advice_page": "print"}
        if part.rail != rails.BANK:
            names["part_evidence"] = "evidence"
        links = {
            text: reverse(f"admin:donations_settlement_{name}", args=[part.pk])
            for name, text in names.items()
        }
        return format_html_join(
            ", ", '<a href="{}">{}</a>', ((url, text) for text, url in links.items())
        )


@admin.register(Settlement)
class SettlementAdmin(screens.ReadOnlyScreen):
    """The payments to beneficiaries and the two people behind each."""

    change_form_template = "donations/admin/settlement.html"
    change_list_template = "donations/admin/settlements.html"
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
    fields = [
        "pledge",
        "formatted",
        "status",
        "people",
        "paid_at",
        "reference",
        "digest",
    ]
    list_select_related = ["pledge", "drafted_by", "approved_by"]
    search_fields = ["=uuid", "reference", "parts__reference"]
    inlines = [PartInline, ledger.EntryInline]

    @admin.display(description="Amount", ordering="amount")
    def formatted(self, settlement: Settlement) -> str:
        """Return the amount as people write it."""
        return money.format_money(settlement.money)

    @admin.display(description="People")
    def people(self, settlement: Settlement) -> str:
        """Return who did what to it, and when, as far as it came."""
        acts = (
            ("drafted", settlement.drafted_by, settlement.drafted_at),
            ("approved", settlement.approved_by, settlement.approved_at),
            ("discarded", settlement.discarded_by, settlement.discarded_at),
        )
        return "; ".join(
            f"{act} by {person}, {timezone.localtime(at):%Y-%m-%d %H:%M}"
            for act, person, at in acts
            if person and at
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the desk, and what proves a settlement."""
        view = self.admin_site.admin_view
        named: dict[str, tuple[str, _View]] = {
            "desk": ("desk/", desk.show_desk),
            "payment_file": (
                "<int:settlement_id>/payment.xml",
                evidence.download_payment_file,
            ),
            "advice_csv": ("parts/<int:part_id>/advice.csv", evidence.download_advice),
            "advice_page": ("parts/<int:part_id>/advice/", evidence.print_advice),
            "part_evidence": (
                "parts/<int:part_id>/evidence.csv",
                evidence.download_evidence,
            ),
        }
        ours = [
            path(place, view(act), name=f"donations_settlement_{name}")
            for name, (place, act) in named.items()
        ]
        return [*ours, *super().get_urls()]

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
        named = (name for name in settlement_steps.STEPS if name in request.POST)
        take, right = settlement_steps.STEPS[next(named, "confirm")]
        if not request.user.has_perm(f"donations.{right}_settlement"):
            raise PermissionDenied
        try:
            take(request, settlement_id)
        except settlement_steps.REFUSALS as error:
            self.message_user(request, f"Nothing was done: {error}.", messages.ERROR)
        else:
            self.message_user(request, "Done.", messages.SUCCESS)
        return HttpResponseRedirect(request.path)


def _offer_steps(request: HttpRequest, settlement: Settlement) -> dict[str, Any]:
    """Return which buttons a person is shown."""
    is_approved = settlement.status == SettlementStatus.APPROVED
    may_add = request.user.has_perm("donations.add_settlement")
    is_drafted = settlement.status == SettlementStatus.DRAFTED
    has_right = request.user.has_perm("donations.change_settlement")
    unpaid = settlement.parts.open()
    by_rail = unpaid.exclude(rail=rails.BANK).select_related("beneficiary")
    return {
        "is_free": is_drafted and not settlement.is_proposed and may_add,
        "is_mine": is_drafted and settlement.drafted_by_id == request.user.pk,
        "is_discardable": is_drafted and may_add,
        "unanswered_parts": list(
            settlement.parts.paid()
            .filter(acknowledged_at=None)
            .select_related("beneficiary")
            .order_by("pk")
        )
        if has_right
        else [],
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
