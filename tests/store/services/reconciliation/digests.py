"""A digest of every row of every table of ours, to prove that nothing was written."""

import hashlib

from django.apps import apps


def of_every_table():
    """Return a digest for each table of the two apps."""
    return {
        model._meta.label: _digest(model)
        for app in ("store", "donations")
        for model in apps.get_app_config(app).get_models()
    }


def _digest(model):
    rows = repr(list(model.objects.order_by("pk").values_list()))
    return hashlib.sha256(rows.encode()).hexdigest()
