"""The compliance calendar: what pledges owe, on a screen and as a calendar file."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone

from donations.admin import screens
from donations.services import duties


class CalendarScreen(screens.Screen):
    """A list of pledges with the calendar of what they owe beside it."""

    change_list_template = "donations/admin/pledge_list.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the calendar's addresses."""
        name, view = "donations_calendar", self.admin_site.admin_view
        return [
            path("calendar/", view(self.calendar_view), name=name),
            path("calendar.ics", view(self.calendar_file), name=f"{name}_file"),
            *super().get_urls(),
        ]

    def calendar_view(self, request: HttpRequest) -> HttpResponse:
        """Show what is owed, earliest first, what is still to be done apart."""
        self._check_right(request)
        today = timezone.localdate()
        found = duties.list_duties()
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "Compliance calendar",
            "opts": self.opts,
            "today": today,
            "open_duties": [duty for duty in found if duty.is_open(today)],
            "other_duties": [duty for duty in found if not duty.is_open(today)],
        }
        return render(request, "donations/admin/calendar.html", context)

    def calendar_file(self, request: HttpRequest) -> HttpResponse:
        """Send the calendar for mail and phone programs."""
        self._check_right(request)
        text = duties.write_calendar(at=timezone.now())
        response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="pledges.ics"'
        return response

    def _check_right(self, request: HttpRequest) -> None:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
