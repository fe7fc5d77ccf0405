"""The test host's Celery app: `celery -A tests.celery worker`."""

import os

import celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

app = celery.Celery("tests")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A Celery app is current only in the thread that made it. Every other thread, those of
# a web server and of a race test alike, asks the default app; without this line that
# is a nameless one whose broker is not ours.
app.set_default()
