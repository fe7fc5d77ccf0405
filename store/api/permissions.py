"""Who may call the staff's part of the API: by Django's permissions, one by one."""

from collections.abc import Mapping
from typing import Protocol, cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class NeedyView(Protocol):
    """A view that names the permission each of its methods needs."""

    needs: Mapping[str, str]


class StaffPermission(BasePermission):
    """Lets in staff that has the permission which the view names for the method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the user may; a method without a named permission is closed."""
        method = "GET" if request.method == "HEAD" else str(request.method)
        needed = cast(NeedyView, view).needs.get(method)
        user = request.user
        return bool(
            needed and user.is_authenticated and user.is_staff and user.has_perm(needed)
        )
