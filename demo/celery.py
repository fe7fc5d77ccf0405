"""The project's Celery app: `celery -A demo.celery worker` and `… beat`.

Its settings are the `CELERY_` ones of `demo.settings`; its schedule is put together
by `demo.apps` when both apps are loaded.
"""

import os

import celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")

app = celery.Celery("demo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Web servers answer in threads of their own, and there no app is current by itself.
app.set_default()
# A Celery app is current only in the thread that made it. The web server answers in
# other threads, and those ask for the default app: without this line a nameless one
# that knows no broker of ours, and every nudge from a page would be lost.
app.set_default()
