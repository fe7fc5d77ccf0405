"""Django's entry to the donations app. Nothing but the app's identity belongs here."""

from importlib import import_module

from django.apps import AppConfig


class DonationsConfig(AppConfig):
    """The causes, pledges, donations, ledger and settlements of a merchant."""

    name = "donations"
    verbose_name = "Donations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        import_module("donations.checks")
