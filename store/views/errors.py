"""Error pages in the shop's own dress; a host names these as its handlers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: the request could not be read."""
    return render(request, "store/400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403: this visitor may not see the page."""
    return render(request, "store/403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403: a form without a valid token, mostly one that grew too old."""
    return render(request, "store/403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404: there is no such page, order or certificate."""
    return render(request, "store/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 from a page that needs no database, session or request."""
    return HttpResponse(get_template("store/500.html").render(), status=500)
