"""Periods of pledges: one person closes them, another one signs the statement."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from donations.admin import screens
from donations.domain import documents, money
from donations.models import Closing
from donations.services import closings, statements

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Closing]
else:
    ModelForm = forms.ModelForm

_SUMMED = ("given", "true_up", "top_up", "write_off", "total", "paid")


class ClosingForm(ModelForm):
    """Which pledge, and up to which day."""

    class Meta:
        model = Closing
        fields = ("pledge", "ends_on")

    def clean(self) -> dict[str, Any]:
        """Say why the period cannot close up to this day.

        Raises:
            ValidationError: it is not over, closed already, or something is due.
        """
        found = super().clean() or {}
        if {"pledge", "ends_on"} <= found.keys():
            try:
                closings.check_period(
                    pledge_id=found["pledge"].pk,
                    ends_on=found["ends_on"],
                    at=timezone.now(),
                )
            except (closings.PeriodNotOverError, closings.DonationsDueError) as error:
                raise ValidationError({"ends_on": str(error)}) from error
        return found


@admin.register(Closing)
class ClosingAdmin(screens.ReadOnlyScreen):
    """What was accounted for, up to which day, and the two people behind it."""

    form = ClosingForm
    change_form_template = "donations/admin/closing.html"
    list_display = [
        "pledge",
        "number",
        "starts_on",
        "ends_on",
        "closed_by",
        "signed_by",
        "signed_at",
    ]
    list_filter = ["pledge", "signed_at"]
    list_select_related = ["pledge", "closed_by", "signed_by"]
    ordering = ["-ends_on", "-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those close who may."""
        return request.user.has_perm("donations.add_closing")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the sums and the people, once it is a row."""
        if obj is None:
            return ClosingForm.Meta.fields
        days = ["pledge", "number", "starts_on", "ends_on"]
        return [*days, "sums", "digest", "closed_by", "closed_at", "signed_by"]

    def get_urls(self) -> list[URLPattern]:
        """Offer the statement to read before it is signed."""
        page = self.admin_site.admin_view(self.send_statement)
        name = "donations_closing_statement"
        return [path("<int:pk>/statement.json", page, name=name), *super().get_urls()]

    def send_statement(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Send every line of a statement, signed or not."""
        closing = get_object_or_404(Closing, pk=pk)
        if not self.has_view_permission(request, closing):
            raise PermissionDenied
        text = documents.join_lines(_read_lines(closing))
        return StreamingHttpResponse(text, content_type="application/json")

    @admin.display(description="Sums")
    def sums(self, closing: Closing) -> SafeString:
        """Return what each beneficiary gets, and why."""
        records = (json.loads(line) for line in _read_lines(closing))
        rows = [
            (record["beneficiary"], _describe(record))
            for record in records
            if record["kind"] == "beneficiary"
        ]
        body = format_html_join("", "<li><strong>{}</strong>: {}</li>", rows)
        return format_html("<ul>{}</ul>", body)

    def save_model(
        self, request: HttpRequest, obj: Closing, form: Any, change: Any
    ) -> None:
        """Close the period."""
        obj.pk = closings.close_period(
            pledge_id=obj.pledge_id,
            ends_on=obj.ends_on,
            closed_by_id=screens.user_id(request),
            at=timezone.now(),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the period, or sign it when the button was pressed."""
        if request.method == "POST":
            return self._sign(request, int(object_id))
        closing = Closing.objects.filter(pk=object_id, signed_at=None).first()
        has_right = request.user.has_perm("donations.sign_closing")
        context = {
            "is_unsigned": closing is not None and has_right,
            "is_closer": closing is not None
            and closing.closed_by_id == request.user.pk,
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def _sign(self, request: HttpRequest, closing_id: int) -> HttpResponse:
        if not request.user.has_perm("donations.sign_closing"):
            raise PermissionDenied
        try:
            closings.sign_closing(
                closing_id=closing_id,
                signed_by_id=screens.user_id(request),
                digest=request.POST.get("digest", ""),
                at=timezone.now(),
            )
        except (
            closings.SamePersonError,
            closings.ClosingChangedError,
            closings.LedgerUnsoundError,
            closings.DonationsDueError,
        ) as error:
            self.message_user(request, f"Nothing was done: {error}.", messages.ERROR)
        else:
            self.message_user(request, "Signed and published.", messages.SUCCESS)
        return HttpResponseRedirect(request.path)


def _read_lines(closing: Closing) -> Iterator[str]:
    if closing.is_signed:
        return statements.read_lines(closing_id=closing.pk)
    return closings.read_draft(closing_id=closing.pk)


def _describe(record: dict[str, Any]) -> str:
    """Return the sums of a beneficiary as people write them; zeros are left out."""
    told = [
        f"{name.replace('_', ' ')} "
        f"{money.format_money(money.Money(record[name], record['currency']))}"
        for name in _SUMMED
        if record[name] or name == "total"
    ]
    return ", ".join(told)
