"""Causes, beneficiaries and social projects."""

from django.contrib import admin
from django.db import models

from donations.admin import screens
from donations.models import Beneficiary, Cause, Project


@admin.register(Cause)
class CauseAdmin(screens.Screen):
    """What the money is for."""

    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Beneficiary)
class BeneficiaryAdmin(screens.Screen):
    """The legal bodies that are paid."""

    list_display = ["legal_name", "register", "register_id", "status"]
    list_filter = ["status", "register"]
    search_fields = ["legal_name", "register_id"]
    # An address typed without its scheme is a secure one; Django 6 agrees.
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Project)
class ProjectAdmin(screens.Screen):
    """The social projects told on the impact page."""

    list_display = ["title", "place", "figure", "cause", "position"]
    list_editable = ["position"]
    list_filter = ["cause"]
    search_fields = ["title", "place", "body"]
    ordering = ["position", "pk"]
