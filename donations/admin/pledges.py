"""Pledges and their versions: drafts are edited, published versions only read."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Script
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import ngettext

from donations.admin import duties, label_preview, money_field, screens, territory_field
from donations.domain import money, territory
from donations.domain import share as shares
from donations.models import Pledge, PledgeShare, PledgeVersion
from donations.services import (
    pledges,
    publication,
    settlements,
)


class VersionInline(screens.ReadOnlyRows):
    """The versions of a pledge, each with a link to its own screen."""

    model = PledgeVersion
    fields = ["number", "starts_on", "ends_on", "published_at", "is_current"]
    readonly_fields = ("number", "starts_on", "ends_on", "published_at", "is_current")
    show_change_link = True
    ordering = ["-number"]


@admin.register(Pledge)
class PledgeAdmin(duties.CalendarScreen):
    """Pledges; what they promise is in their versions."""

    list_display = ["name", "slug", "cause"]
    list_filter = ["cause"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [VersionInline]
    actions = ["draft_next_version", "draft_settlement"]

    @admin.action(description="Draft the next version", permissions=["change"])
    def draft_next_version(
        self, request: HttpRequest, queryset: QuerySet[Pledge]
    ) -> None:
        """Copy the latest terms into a draft that can be changed and published."""
        for pledge in queryset:
            try:
                pledges.draft_next_version(pledge_id=pledge.pk)
            except (publication.DraftExistsError, PledgeVersion.DoesNotExist) as error:
                self.message_user(request, f"{pledge}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{pledge}: the next version is drafted.")

    @admin.action(description="Draft a settlement", permissions=["draft_settlement"])
    def draft_settlement(
        self, request: HttpRequest, queryset: QuerySet[Pledge]
    ) -> None:
        """Draft the payment of what is payable, for a second person to approve."""
        for pledge in queryset:
            try:
                drafted = settlements.draft_settlements(
                    pledge_id=pledge.pk,
                    drafted_by_id=screens.user_id(request),
                    at=timezone.now(),
                )
            except (
                settlements.NothingToSettleError,
                settlements.SettlementChangedError,
            ) as error:
                self.message_user(request, f"{pledge}: {error}", messages.WARNING)
            else:
                done = ngettext(
                    "the settlement is drafted",
                    "%(count)d settlements are drafted, one in each currency",
                    len(drafted),
                ) % {"count": len(drafted)}
                self.message_user(request, f"{pledge}: {done}.")

    def has_draft_settlement_permission(self, request: HttpRequest) -> bool:
        """Ask for the right to add settlements."""
        return request.user.has_perm("donations.add_settlement")


class ShareInline(screens.Rows):
    """Who gets what part of a version; frozen with it."""

    model = PledgeShare
    extra = 1
    ordering = ["ordinal"]
    autocomplete_fields = ["beneficiary"]

    def has_add_permission(
        self, request: HttpRequest, obj: PledgeVersion | None = None
    ) -> bool:
        """Allow it on a draft only."""
        return _is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(
        self, request: HttpRequest, obj: PledgeVersion | None = None
    ) -> bool:
        """Allow it on a draft only."""
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: PledgeVersion | None = None
    ) -> bool:
        """Allow it on a draft only."""
        return _is_draft(obj) and super().has_delete_permission(request, obj)


_MONEY = {
    "share_fixed_amount": "For each piece, as 25.00; 0 for a percent share.",
    "cap_amount": "The most that the pledge gives in all; blank for no limit.",
    "minimum_amount": "The least that it gives, whatever is sold; blank for none.",
}


def _is_draft(version: PledgeVersion | None) -> bool:
    return version is None or not version.is_published


@admin.register(PledgeVersion)
class PledgeVersionAdmin(screens.Screen):
    """The terms of pledges: drafts can be edited, published ones only read."""

    list_display = [
        "pledge",
        "number",
        "share",
        "starts_on",
        "ends_on",
        "published_at",
        "is_current",
    ]
    list_display_links = ["pledge", "number"]
    list_filter = ["pledge", "is_current"]
    list_select_related = ["pledge"]
    readonly_fields = ["obstacles", "published_at", "is_current"]
    inlines = [ShareInline]
    actions = ["publish"]
    form = money_field.MoneyForm
    change_form_template = "donations/admin/pledge_version.html"
    autocomplete_fields = ["contract"]

    class Media:
        """The label beneath the form, kept up to date."""

        css = {"all": ["donations/admin/label.css"]}
        js = [Script("donations/admin/label.js", defer=True)]

    def get_urls(self) -> list[URLPattern]:
        """Add the address that the label is asked from."""
        preview = self.admin_site.admin_view(self.preview_view)
        name = "donations_pledgeversion_label"
        return [
            path("label/", preview, name=f"{name}_new"),
            path("<int:pk>/label/", preview, name=name),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Print the label of the form as it is typed; nothing is saved."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        version = get_object_or_404(PledgeVersion, pk=pk) if pk else None
        form_class = self.get_form(request, version, change=version is not None)
        form = form_class(request.POST, instance=version)
        formsets = [
            formset_class(request.POST, instance=form.instance, prefix="shares")
            for formset_class, _ in self.get_formsets_with_inlines(request, version)
        ]
        context = label_preview.preview_typed(form, formsets)
        return render(request, "donations/admin/label_preview.html", context)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the label as it was last saved."""
        version = kwargs.get("obj")
        name = "admin:donations_pledgeversion_label"
        context["preview_address"] = (
            reverse(name, args=[version.pk]) if version else reverse(f"{name}_new")
        )
        context.update(label_preview.preview_saved(version))
        return super().render_change_form(request, context, *args, **kwargs)

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Let amounts be typed as people write them."""
        if db_field.name in _MONEY:
            return db_field.formfield(
                form_class=money_field.MoneyField, help_text=_MONEY[db_field.name]
            )
        if db_field.name == "territories":
            return db_field.formfield(form_class=territory_field.TerritoriesField)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the amounts and territories of frozen terms as people read them."""
        fields = super().get_fields(request, obj)
        if self.has_change_permission(request, obj):
            return fields
        shown = {"share_fixed_amount": "fixed", "cap_amount": "cap"}
        shown |= {"minimum_amount": "minimum", "territories": "where"}
        return [shown.get(str(name), name) for name in fields]

    @admin.display(description="Fixed share", empty_value="-")
    def fixed(self, version: PledgeVersion) -> str | None:
        """Return what each piece gives; a percent share has none."""
        return _written(version.share_fixed_amount or None, version.currency)

    @admin.display(description="Cap", empty_value="-")
    def cap(self, version: PledgeVersion) -> str | None:
        """Return the most that the pledge gives."""
        return _written(version.cap_amount, version.currency)

    @admin.display(description="Minimum", empty_value="-")
    def minimum(self, version: PledgeVersion) -> str | None:
        """Return the least that the pledge gives."""
        return _written(version.minimum_amount, version.currency)

    @admin.display(description="Territories")
    def where(self, version: PledgeVersion) -> str:
        """Return the territories in words."""
        return territory.describe_territories(version.territories)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the first version; the next ones are drafted from the pledge."""
        return {"number": 1, **super().get_changeform_initial_data(request)}

    def has_change_permission(
        self, request: HttpRequest, obj: PledgeVersion | None = None
    ) -> bool:
        """Allow it on a draft only."""
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: PledgeVersion | None = None
    ) -> bool:
        """Allow it on a draft only."""
        return _is_draft(obj) and super().has_delete_permission(request, obj)

    @admin.display(description="Share")
    def share(self, version: PledgeVersion) -> str:
        """Return the share as it is printed."""
        return shares.describe_share(version.share, version.currency)

    @admin.display(description="Can be published?")
    def obstacles(self, version: PledgeVersion) -> str:
        """Return what is missing, or that nothing is."""
        if not version.pk:
            return "Save the draft first."
        if version.is_published:
            return "It is published and frozen."
        found = publication.list_obstacles(pledge_version_id=version.pk)
        return f"Not yet: {'; '.join(found)}." if found else "Yes."

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[PledgeVersion]) -> None:
        """Freeze the terms and make them current."""
        for version in queryset.select_related("pledge"):
            name = f"{version.pledge}, {version}"
            try:
                pledges.publish_pledge_version(
                    pledge_version_id=version.pk, at=timezone.now()
                )
            except publication.PublicationRefusedError as error:
                self.message_user(request, f"{name}: {error}.", messages.ERROR)
            else:
                self.message_user(request, f"{name} is published.")


def _written(amount: int | None, currency: str) -> str | None:
    if amount is None:
        return None
    return money.format_money(money.Money(amount, currency))
