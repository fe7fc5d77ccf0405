"""Django's entry to the store app. Nothing but the app's identity belongs here."""

import logging
from importlib import import_module

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The catalog, provenance, orders and payments of a cause-linked collection."""

    name = "store"
    verbose_name = "Store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks; keep customers out of error reports."""
        import_module("store.checks.settings")
        import_module("store.checks.deployment")
        reports = import_module("store.views.reports")
        logging.getLogger("django.request").addFilter(reports.hide_customers)
