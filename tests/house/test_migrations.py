"""Migrations are complete, named by hand, and can be undone or say they cannot."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader

from tests.house import reading


@pytest.fixture(scope="module")
def ours():
    """The migrations of both apps."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return [
        migration
        for (app, _), migration in loader.disk_migrations.items()
        if app in reading.APPS
    ]


@pytest.mark.django_db
def test_no_migration_is_missing():
    """The models and the migrations say the same."""
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_migrations_are_named_by_hand(ours):
    """No migration has the name that Django makes up."""
    assert [m for m in ours if "_auto_" in m.name] == []


def test_migrations_can_be_undone(ours):
    """Every operation is reversible, or the migration's docstring says why not."""
    one_way = [
        migration
        for migration in ours
        for operation in migration.operations
        if not operation.reversible and not migration.__doc__
    ]

    assert one_way == []


def test_migrations_run_on_both_databases(ours):
    """Raw SQL chooses by database: no migration holds a bare RunSQL."""
    raw = [
        migration
        for migration in ours
        for operation in migration.operations
        if isinstance(operation, migrations.RunSQL)
    ]

    assert raw == []


@pytest.mark.django_db
def test_constraints_have_our_names():
    """Constraints and indexes that we name begin with their table or app."""
    strange = [
        (model.__name__, constraint.name)
        for app in reading.APPS
        for model in apps.get_app_config(app).get_models()
        for constraint in (*model._meta.constraints, *model._meta.indexes)
        if not constraint.name.startswith(tuple(_prefixes(model)))
    ]

    assert connection.vendor == "postgresql"
    assert strange == []


def _prefixes(model):
    yield model._meta.db_table
    yield model._meta.db_table.removeprefix(f"{model._meta.app_label}_")
