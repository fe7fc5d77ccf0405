"""Causes, beneficiaries and social projects."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from donations.admin import screens
from donations.conf import conf
from donations.models import Beneficiary, Cause, Project
from donations.models.causes import BANK


@admin.register(Cause)
class CauseAdmin(screens.Screen):
    """What the money is for."""

    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Beneficiary)
class BeneficiaryAdmin(screens.Screen):
    """The legal bodies that are paid."""

    list_display = ["legal_name", "register", "register_id", "status", "rail"]
    list_filter = ["status", "register"]
    search_fields = ["legal_name", "register_id", "=rail_account"]
    # An address typed without its scheme is a secure one; Django 6 agrees.
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer the rails that there are."""
        if db_field.name == "rail":
            names = [BANK, *sorted(conf.RAILS)]
            kwargs["widget"] = forms.Select(choices=[(name, name) for name in names])
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Project)
class ProjectAdmin(screens.Screen):
    """The social projects told on the impact page."""

    list_display = ["title", "place", "figure", "cause", "position"]
    list_editable = ["position"]
    list_filter = ["cause"]
    search_fields = ["title", "place", "body"]
    ordering = ["position", "pk"]
