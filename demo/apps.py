"""The host project as an app: its commands, templates and the worker's schedule."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from demo import celery


class DemoConfig(AppConfig):
    """Makes the project's Celery app current in every process, with its schedule."""

    name = "demo"

    def ready(self) -> None:
        """Merge the schedules of both apps once their models are loaded."""
        celery.app.conf.beat_schedule = {
            **import_string("donations.tasks.SCHEDULE"),
            **import_string("store.tasks.SCHEDULE"),
        }
