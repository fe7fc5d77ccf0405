"""How staff proves who it is: as the host configured it, else by session or token."""

from typing import Any

from django.apps import apps
from django.conf import settings
from rest_framework import authentication
from rest_framework.request import Request
from rest_framework.settings import api_settings

_SETTING = "DEFAULT_AUTHENTICATION_CLASSES"


class SessionLogin(authentication.SessionAuthentication):
    """The session of the admin, with Django's CSRF check on whatever writes."""

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that who is not logged in gets 401 and not 403."""
        return "Session"


def find_authenticators() -> list[authentication.BaseAuthentication]:
    """Return the host's own authenticators, or ours.

    Ours are the session, and DRF's tokens where the host installed
    `rest_framework.authtoken`. Passwords with each call are never taken unless the
    host says so: they would pass by every second factor.
    """
    if _SETTING in getattr(settings, "REST_FRAMEWORK", {}):
        chosen: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    elif apps.is_installed("rest_framework.authtoken"):
        chosen = [authentication.TokenAuthentication, SessionLogin]
    else:
        chosen = [SessionLogin]
    return [authenticator() for authenticator in chosen]
