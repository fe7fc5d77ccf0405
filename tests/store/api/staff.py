"""Staff of tests: people with exactly the permissions that are named."""

from django.contrib.auth.models import Permission, User
from rest_framework import authentication, exceptions


def make_staff(*permissions, name="clerk", **flags):
    """Return a user who may do what is named, as view_order; staff by default."""
    user = User.objects.create_user(
        name, password="secret", **{"is_staff": True} | flags
    )
    found = Permission.objects.filter(
        codename__in=permissions, content_type__app_label="store"
    )
    assert len(found) == len(permissions)
    user.user_permissions.set(found)
    return user


class PaperToken(authentication.BaseAuthentication):
    """A host's own way to log in: the user's name, on paper."""

    def authenticate(self, request):
        """Return the user whose name is sent."""
        name = request.headers.get("Paper")
        if name is None:
            return None
        user = User.objects.filter(username=name).first()
        if user is None:
            raise exceptions.AuthenticationFailed
        return user, None

    def authenticate_header(self, request):
        """Name the scheme."""
        return "Paper"
