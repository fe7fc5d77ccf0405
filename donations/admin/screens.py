"""What the screens share: rows that only services write are shown, never edited."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    Screen = admin.ModelAdmin[Any]
    Rows = admin.TabularInline[Any, Any]
else:
    # Django's admin classes cannot be subscripted when the program runs.
    Screen = admin.ModelAdmin
    Rows = admin.TabularInline


def user_id(request: HttpRequest) -> int:
    """Return who acts; the admin lets nobody in who is not known."""
    return int(request.user.pk or 0)


class ReadOnlyScreen(Screen):
    """Shows rows that only services write."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: services add these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: services change these rows, and nothing changes the ledger."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: nothing of this is ever deleted."""
        return False


class ReadOnlyRows(Rows):
    """Shows rows of another table that only services write."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: services add these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: services change these rows."""
        return False
