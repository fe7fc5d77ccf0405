"""Error reports of the shop's pages name no customer and no secret address.

Django mails its report of a failed page to `ADMINS`: its address, what was posted to
it, and every variable on the way. Ours would tell who bought, and hand out the key to
the order. The traceback alone, with the page's pattern, says where to look.
"""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import ResolverMatch
from django.views.debug import SafeExceptionReporterFilter

_PACKAGE = "store"


class _Silent(SafeExceptionReporterFilter):
    """Leaves the variables out of a report."""

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: Any
    ) -> Any:
        return ()


def hide_customers(record: logging.LogRecord) -> bool:
    """Put a stand-in for a request of ours into a log record; a filter, it keeps all.

    Does nothing under DEBUG, where the report is what one is looking for.
    """
    request = getattr(record, "request", None)
    match = getattr(request, "resolver_match", None)
    if request is None or match is None or settings.DEBUG or not _is_ours(match):
        return True
    stand_in = _make_stand_in(request, f"/{match.route}")
    record.request = stand_in
    if isinstance(record.args, tuple):
        record.args = tuple(
            stand_in.path if argument == request.path else argument
            for argument in record.args
        )
    return True


def _is_ours(match: ResolverMatch) -> bool:
    is_screen = match.app_name == "admin" and str(match.url_name).startswith("store_")
    return is_screen or match.func.__module__.partition(".")[0] == _PACKAGE


def _make_stand_in(request: HttpRequest, route: str) -> HttpRequest:
    """Return a request that has a method and a pattern, and nothing of its sender."""
    stand_in = HttpRequest()
    stand_in.method = request.method
    stand_in.path = stand_in.path_info = route
    stand_in.META = {
        "REQUEST_METHOD": request.method,
        "SERVER_NAME": "shop",
        "SERVER_PORT": "443",
    }
    stand_in.exception_reporter_filter = _Silent()
    return stand_in
