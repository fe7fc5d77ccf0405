"""Donations, accounts and entries, as they stand; nothing here can be changed."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from donations.admin import screens
from donations.domain import money
from donations.domain.donation import DonationStatus
from donations.models import Account, Donation, Entry
from donations.services import deadlines

_UNPAID = (DonationStatus.DUE, DonationStatus.SET_ASIDE)


class EntryInline(screens.ReadOnlyRows):
    """The ledger entries of a donation or of a settlement."""

    model = Entry
    fields = ["kind", "debit", "credit", "formatted", "posted_at", "note"]
    readonly_fields = ("kind", "debit", "credit", "formatted", "posted_at", "note")
    show_change_link = True
    ordering = ["pk"]

    @admin.display(description="Amount")
    def formatted(self, entry: Entry) -> str:
        """Return the amount as people write it."""
        return money.format_money(entry.money)


class DeadlineFilter(admin.SimpleListFilter):
    """Donations that the law wants paid by now."""

    title = "deadline"
    parameter_name = "deadline"

    def lookups(self, _request: HttpRequest, _screen: Any) -> list[tuple[str, str]]:
        """Return the one choice beside all."""
        return [("over", "Over, and not paid")]

    def queryset(
        self, _request: HttpRequest, rows: QuerySet[Donation]
    ) -> QuerySet[Donation]:
        """Keep what was chosen."""
        if self.value() != "over":
            return rows
        overdue = Donation.objects.overdue(on=timezone.localdate())
        return rows.filter(pk__in=overdue.values("pk"))


@admin.register(Donation)
class DonationAdmin(screens.ReadOnlyScreen):
    """What is owed for each line, and how far it has come."""

    list_display = [
        "source",
        "pledge",
        "owed",
        "in_ledger",
        "status",
        "is_held",
        "due_at",
        "deadline_on",
        "waits_for",
    ]
    list_filter = [
        DeadlineFilter,
        "status",
        "is_held",
        "pledge_version__pledge",
        "currency",
        "due_at",
    ]
    list_select_related = ["pledge_version__pledge", "settlement"]
    readonly_fields = ["waits_for"]
    search_fields = ["=source", "=uuid"]
    date_hierarchy = "due_at"
    inlines = [EntryInline]

    @admin.display(description="Pledge", ordering="pledge_version")
    def pledge(self, donation: Donation) -> str:
        """Return the pledge and its version."""
        return f"{donation.pledge_version.pledge}, {donation.pledge_version}"

    @admin.display(description="Owed", ordering="target_amount")
    def owed(self, donation: Donation) -> str:
        """Return the target as people write it."""
        return money.format_money(donation.target)

    @admin.display(description="Waits for", empty_value="-")
    def waits_for(self, donation: Donation) -> str | None:
        """Return what keeps it from being paid; nothing keeps what is paid."""
        if donation.status not in _UNPAID:
            return None
        return deadlines.explain(donation=donation)

    @admin.display(description="In the ledger", ordering="posted_amount")
    def in_ledger(self, donation: Donation) -> str:
        """Return what is posted as people write it."""
        return money.format_money(donation.posted)


@admin.register(Account)
class AccountAdmin(screens.ReadOnlyScreen):
    """Where entries meet."""

    list_display = ["code", "kind", "currency", "pledge", "beneficiary"]
    list_filter = ["kind", "currency"]
    list_select_related = ["pledge", "beneficiary"]
    search_fields = ["code"]


@admin.register(Entry)
class EntryAdmin(screens.ReadOnlyScreen):
    """Every entry of the ledger."""

    list_display = ["pk", "kind", "formatted", "debit", "credit", "posted_at"]
    list_filter = ["kind", "currency", "posted_at"]
    list_select_related = ["debit", "credit"]
    search_fields = ["=idempotency_key", "=batch", "=donation__source"]
    date_hierarchy = "posted_at"

    @admin.display(description="Amount", ordering="amount")
    def formatted(self, entry: Entry) -> str:
        """Return the amount as people write it."""
        return money.format_money(entry.money)
