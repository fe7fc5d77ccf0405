"""Tells whether the kept database was made by the migrations of this checkout.

Until the first release migrations are rewritten in place. Django knows them by name
only: on tables of an older text it would find nothing to do, and fail much later.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

STAMP = "schema.json"
_OURS = ("donations", "store")


class ForeignSchemaError(Exception):
    """The kept data has tables of other migrations; delete it to begin anew."""


def stamp_schema(var: Path) -> None:
    """Write down which migrations will have made the tables; call before `migrate`.

    A database on a server of its own is none of the data directory's: it is not
    looked at.

    Raises:
        ForeignSchemaError: a migration that made the tables is another one by now.
    """
    if connection.vendor != "sqlite":
        return
    path, current = var / STAMP, read_digests()
    stamped = json.loads(path.read_text()) if path.exists() else {}
    changed = find_changed(_read_applied(), stamped, current)
    if changed:
        raise ForeignSchemaError(
            f"The data in {var} was made by other migrations ({', '.join(changed)}), "
            f"and this checkout cannot use it. Run `make clean`, or delete only that "
            f"folder, and start again: the sample is then loaded anew."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(current, indent=2))


def find_changed(
    applied: Collection[str], stamped: Mapping[str, str], current: Mapping[str, str]
) -> list[str]:
    """Return the applied migrations whose text changed, is gone or was never noted.

    Migrations that were not applied yet may come and go.
    """
    return sorted(
        name for name in applied if stamped.get(name, "") != current.get(name)
    )


def read_digests() -> dict[str, str]:
    """Return the digest of each migration of ours."""
    folders = {app: Path(apps.get_app_config(app).path) / "migrations" for app in _OURS}
    return {
        f"{app}.{path.stem}": hashlib.sha256(path.read_bytes()).hexdigest()
        for app, folder in folders.items()
        for path in sorted(folder.glob("[0-9]*.py"))
    }


def _read_applied() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{name}" for app, name in applied if app in _OURS]
