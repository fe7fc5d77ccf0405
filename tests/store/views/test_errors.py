"""The error pages, as a host hangs them up."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.test import Client
from django.urls import include, path

pytestmark = pytest.mark.django_db


def _break_it(request, what):
    raise {
        "400": SuspiciousOperation("malformed"),
        "403": PermissionDenied(),
        "404": Http404(),
        "500": RuntimeError("broken"),
    }[what]


urlpatterns = [
    path("break/<what>/", _break_it),
    path("", include("store.urls")),
]
handler400 = "store.views.errors.bad_request"
handler403 = "store.views.errors.permission_denied"
handler404 = "store.views.errors.page_not_found"
handler500 = "store.views.errors.server_error"


@pytest.fixture
def visitor(settings):
    """A visitor who is shown errors as in production."""
    settings.ROOT_URLCONF = __name__
    settings.CSRF_FAILURE_VIEW = "store.views.errors.csrf_failure"
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "We could not read that request"),
        (403, "This page is not open to you"),
        (404, "There is no such page"),
        (500, "Something broke on our side"),
    ],
)
def test_each_error_has_a_page(visitor, status, words):
    """Every error is answered in the shop's dress, in words, with a way on."""
    response = visitor.get(f"/break/{status}/")

    page = response.content.decode()
    assert response.status_code == status
    assert words in page
    assert "store.css" in page
    assert 'class="action"' in page


def test_old_form_has_a_page(visitor):
    """A form that grew too old is answered by the page that says so."""
    response = visitor.post("/cart/add/", {"serial_number": "DTC-1"})

    assert response.status_code == 403
    assert "grown too old" in response.content.decode()
