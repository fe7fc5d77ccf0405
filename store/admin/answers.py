"""Answers that our own API gave under a caller's key, told without their bodies."""

from django.contrib import admin

from store.admin import screens
from store.models import StoredAnswer


@admin.register(StoredAnswer)
class StoredAnswerScreen(screens.ReadOnlyScreen):
    """Which key was answered when. The answer itself is the caller's alone."""

    list_display = ["__str__", "scope", "status", "created_at"]
    list_filter = ["status"]
    search_fields = ["scope", "key"]
    search_help_text = "Scope or idempotency key"
    date_hierarchy = "created_at"
    show_full_result_count = False
    ordering = ["-pk"]
    fields = ["scope", "key", "digest", "status", "created_at"]
