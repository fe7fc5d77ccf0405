"""Let the database itself refuse to change or delete what a certificate says.

Only its status may change: a certificate is superseded or revoked, never edited.
"""

from django.db import migrations

FROZEN = (
    "piece_id",
    "number",
    "version",
    "text",
    "digest",
    "weakest_basis",
    "issued_at",
)
REFUSAL = "an issued certificate is never changed or deleted: issue a new version"

POSTGRESQL_UP = f"""
CREATE FUNCTION store_certificate_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER store_certificate_no_update BEFORE UPDATE ON store_certificate
    FOR EACH ROW WHEN (
        ({", ".join(f"OLD.{name}" for name in FROZEN)}) IS DISTINCT FROM
        ({", ".join(f"NEW.{name}" for name in FROZEN)})
    ) EXECUTE FUNCTION store_certificate_refuse();
CREATE TRIGGER store_certificate_no_delete BEFORE DELETE ON store_certificate
    FOR EACH ROW EXECUTE FUNCTION store_certificate_refuse();
"""
POSTGRESQL_DOWN = """
DROP TRIGGER store_certificate_no_delete ON store_certificate;
DROP TRIGGER store_certificate_no_update ON store_certificate;
DROP FUNCTION store_certificate_refuse();
"""
SQLITE_UP = (
    f"""
CREATE TRIGGER store_certificate_no_update BEFORE UPDATE ON store_certificate
    WHEN ({" OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in FROZEN)})
BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
""",
    f"""
CREATE TRIGGER store_certificate_no_delete BEFORE DELETE ON store_certificate
BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
""",
)
SQLITE_DOWN = (
    "DROP TRIGGER store_certificate_no_delete",
    "DROP TRIGGER store_certificate_no_update",
)


def create_triggers(apps, schema_editor):
    run(schema_editor, {"postgresql": (POSTGRESQL_UP,), "sqlite": SQLITE_UP})


def drop_triggers(apps, schema_editor):
    run(schema_editor, {"postgresql": (POSTGRESQL_DOWN,), "sqlite": SQLITE_DOWN})


def run(schema_editor, statements):
    """Execute what this vendor understands; other databases are not supported."""
    for statement in statements[schema_editor.connection.vendor]:
        # No parameters: a percent sign or a semicolon in a trigger stays as it is.
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]

    operations = [migrations.RunPython(create_triggers, drop_triggers)]
