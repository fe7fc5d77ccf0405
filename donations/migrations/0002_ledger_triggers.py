"""Let the database itself refuse what must never happen.

Entries, accounts, seals and bank details are never updated or deleted; the terms of a
published pledge version, the papers that it rests on and what was signed of a period
never change. SQLite loses a table's triggers when a later migration rebuilds the table
(AlterField and the like): such a migration must create them again, and
`manage.py audit_ledger` says when one is missing.
"""

from django.db import migrations

ENTRY = "donations_entry: entries are never updated or deleted, post another entry"
ACCOUNT = "donations_account: accounts are never updated or deleted"
VERSION = (
    "donations_pledgeversion: a published version is frozen, draft the next version"
)
SEAL = "donations_seal: seals and their leaves are never updated or deleted"
CLOSING = "donations_closing: a signed period and its statement never change"
PAPER = "donations_{}: papers are never updated or deleted, record another one"
CONTRACT = "donations_contract: a published pledge rests on it, draft another contract"
PAPERS = ("document", "consent", "registerextract", "filing")
BANK = "donations_bankaccount: bank details are never updated or deleted, propose anew"
SHARE = "donations_pledgeshare: the version is published and frozen, draft the next"

# Constants only: nothing from outside gets into this text.
POSTGRESQL = f"""
CREATE FUNCTION donations_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER donations_entry_no_update BEFORE UPDATE ON donations_entry
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{ENTRY}');
CREATE TRIGGER donations_entry_no_delete BEFORE DELETE ON donations_entry
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{ENTRY}');
CREATE TRIGGER donations_account_no_update BEFORE UPDATE ON donations_account
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{ACCOUNT}');
CREATE TRIGGER donations_account_no_delete BEFORE DELETE ON donations_account
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{ACCOUNT}');

CREATE TRIGGER donations_seal_no_update BEFORE UPDATE ON donations_seal
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{SEAL}');
CREATE TRIGGER donations_seal_no_delete BEFORE DELETE ON donations_seal
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{SEAL}');
CREATE TRIGGER donations_sealleaf_no_update BEFORE UPDATE ON donations_sealleaf
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{SEAL}');
CREATE TRIGGER donations_sealleaf_no_delete BEFORE DELETE ON donations_sealleaf
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{SEAL}');

CREATE TRIGGER donations_bankaccount_no_update BEFORE UPDATE ON donations_bankaccount
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{BANK}');
CREATE TRIGGER donations_bankaccount_no_delete BEFORE DELETE ON donations_bankaccount
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{BANK}');
CREATE TRIGGER donations_bankaccountdecision_no_update BEFORE UPDATE ON donations_bankaccountdecision
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{BANK}');
CREATE TRIGGER donations_bankaccountdecision_no_delete BEFORE DELETE ON donations_bankaccountdecision
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{BANK}');

CREATE TRIGGER donations_closing_no_update
  BEFORE UPDATE ON donations_closing FOR EACH ROW WHEN (OLD.signed_at IS NOT NULL)
  EXECUTE FUNCTION donations_refuse('{CLOSING}');
CREATE TRIGGER donations_closing_no_delete
  BEFORE DELETE ON donations_closing FOR EACH ROW WHEN (OLD.signed_at IS NOT NULL)
  EXECUTE FUNCTION donations_refuse('{CLOSING}');
CREATE FUNCTION donations_refuse_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM donations_closing
    WHERE id = NEW.closing_id AND signed_at IS NOT NULL
  ) THEN
    RAISE EXCEPTION '{CLOSING}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER donations_statementline_no_insert
  BEFORE INSERT ON donations_statementline
  FOR EACH ROW EXECUTE FUNCTION donations_refuse_line();
CREATE TRIGGER donations_statementline_no_update
  BEFORE UPDATE ON donations_statementline
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{CLOSING}');
CREATE TRIGGER donations_statementline_no_delete
  BEFORE DELETE ON donations_statementline
  FOR EACH ROW EXECUTE FUNCTION donations_refuse('{CLOSING}');

CREATE TRIGGER donations_pledgeversion_no_update
  BEFORE UPDATE ON donations_pledgeversion FOR EACH ROW
  WHEN (OLD.published_at IS NOT NULL AND
        to_jsonb(OLD) - 'is_current' IS DISTINCT FROM to_jsonb(NEW) - 'is_current')
  EXECUTE FUNCTION donations_refuse('{VERSION}');
CREATE TRIGGER donations_pledgeversion_no_delete
  BEFORE DELETE ON donations_pledgeversion FOR EACH ROW
  WHEN (OLD.published_at IS NOT NULL)
  EXECUTE FUNCTION donations_refuse('{VERSION}');

CREATE FUNCTION donations_refuse_share() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM donations_pledgeversion
    WHERE published_at IS NOT NULL AND (
      (TG_OP <> 'INSERT' AND id = OLD.version_id) OR
      (TG_OP <> 'DELETE' AND id = NEW.version_id))
  ) THEN
    RAISE EXCEPTION '{SHARE}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER donations_pledgeshare_no_insert BEFORE INSERT ON donations_pledgeshare
  FOR EACH ROW EXECUTE FUNCTION donations_refuse_share();
CREATE TRIGGER donations_pledgeshare_no_update BEFORE UPDATE ON donations_pledgeshare
  FOR EACH ROW EXECUTE FUNCTION donations_refuse_share();
CREATE TRIGGER donations_pledgeshare_no_delete BEFORE DELETE ON donations_pledgeshare
  FOR EACH ROW EXECUTE FUNCTION donations_refuse_share();

CREATE FUNCTION donations_refuse_contract() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM donations_pledgeversion
    WHERE published_at IS NOT NULL AND contract_id = OLD.id
  ) THEN
    RAISE EXCEPTION '{CONTRACT}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER donations_contract_no_update BEFORE UPDATE ON donations_contract
  FOR EACH ROW EXECUTE FUNCTION donations_refuse_contract();
CREATE TRIGGER donations_contract_no_delete BEFORE DELETE ON donations_contract
  FOR EACH ROW EXECUTE FUNCTION donations_refuse_contract();
"""  # noqa: S608
POSTGRESQL += "".join(
    f"CREATE TRIGGER donations_{table}_no_{act} BEFORE {act.upper()} "
    f"ON donations_{table} FOR EACH ROW "
    f"EXECUTE FUNCTION donations_refuse('{PAPER.format(table)}');\n"
    for table in PAPERS
    for act in ("update", "delete")
)

POSTGRESQL_BACK = "".join(
    f"DROP TRIGGER donations_{table}_no_{act} ON donations_{table};\n"
    for table in PAPERS
    for act in ("update", "delete")
)
POSTGRESQL_BACK += """
DROP TRIGGER donations_entry_no_update ON donations_entry;
DROP TRIGGER donations_entry_no_delete ON donations_entry;
DROP TRIGGER donations_account_no_update ON donations_account;
DROP TRIGGER donations_account_no_delete ON donations_account;
DROP TRIGGER donations_seal_no_update ON donations_seal;
DROP TRIGGER donations_seal_no_delete ON donations_seal;
DROP TRIGGER donations_sealleaf_no_update ON donations_sealleaf;
DROP TRIGGER donations_sealleaf_no_delete ON donations_sealleaf;
DROP TRIGGER donations_bankaccount_no_update ON donations_bankaccount;
DROP TRIGGER donations_bankaccount_no_delete ON donations_bankaccount;
DROP TRIGGER donations_bankaccountdecision_no_update ON donations_bankaccountdecision;
DROP TRIGGER donations_bankaccountdecision_no_delete ON donations_bankaccountdecision;
DROP TRIGGER donations_closing_no_update ON donations_closing;
DROP TRIGGER donations_closing_no_delete ON donations_closing;
DROP TRIGGER donations_statementline_no_insert ON donations_statementline;
DROP TRIGGER donations_statementline_no_update ON donations_statementline;
DROP TRIGGER donations_statementline_no_delete ON donations_statementline;
DROP TRIGGER donations_pledgeversion_no_update ON donations_pledgeversion;
DROP TRIGGER donations_pledgeversion_no_delete ON donations_pledgeversion;
DROP TRIGGER donations_pledgeshare_no_insert ON donations_pledgeshare;
DROP TRIGGER donations_pledgeshare_no_update ON donations_pledgeshare;
DROP TRIGGER donations_pledgeshare_no_delete ON donations_pledgeshare;
DROP FUNCTION donations_refuse_line();
DROP TRIGGER donations_contract_no_update ON donations_contract;
DROP TRIGGER donations_contract_no_delete ON donations_contract;
DROP FUNCTION donations_refuse_contract();
DROP FUNCTION donations_refuse_share();
DROP FUNCTION donations_refuse();
"""


def sqlite_trigger(table, act, message, when):
    """Return the statement that makes SQLite refuse an act on a table."""
    return (
        f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
        f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def changed_columns(apps):
    """Return the SQLite condition that a column other than is_current changes."""
    fields = apps.get_model("donations", "PledgeVersion")._meta.concrete_fields
    columns = [field.column for field in fields if field.name != "is_current"]
    return " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns)


def sqlite_statements(apps):
    """Return every trigger as SQLite writes it."""
    frozen = "OLD.published_at IS NOT NULL"
    share = (
        "EXISTS (SELECT 1 FROM donations_pledgeversion "
        "WHERE published_at IS NOT NULL AND id IN ({}))"
    )
    signed = "OLD.signed_at IS NOT NULL"
    is_signed = (
        "EXISTS (SELECT 1 FROM donations_closing "
        "WHERE id = NEW.closing_id AND signed_at IS NOT NULL)"
    )
    line = "donations_statementline"
    version = "donations_pledgeversion"
    pledge_share = "donations_pledgeshare"
    used = (
        "EXISTS (SELECT 1 FROM donations_pledgeversion "
        "WHERE published_at IS NOT NULL AND contract_id = OLD.id)"
    )
    return [
        sqlite_trigger("donations_entry", "update", ENTRY, "1"),
        sqlite_trigger("donations_entry", "delete", ENTRY, "1"),
        sqlite_trigger("donations_account", "update", ACCOUNT, "1"),
        sqlite_trigger("donations_account", "delete", ACCOUNT, "1"),
        sqlite_trigger("donations_seal", "update", SEAL, "1"),
        sqlite_trigger("donations_seal", "delete", SEAL, "1"),
        sqlite_trigger("donations_sealleaf", "update", SEAL, "1"),
        sqlite_trigger("donations_sealleaf", "delete", SEAL, "1"),
        sqlite_trigger("donations_bankaccount", "update", BANK, "1"),
        sqlite_trigger("donations_bankaccount", "delete", BANK, "1"),
        sqlite_trigger("donations_bankaccountdecision", "update", BANK, "1"),
        sqlite_trigger("donations_bankaccountdecision", "delete", BANK, "1"),
        sqlite_trigger("donations_closing", "update", CLOSING, signed),
        sqlite_trigger("donations_closing", "delete", CLOSING, signed),
        sqlite_trigger(line, "insert", CLOSING, is_signed),
        sqlite_trigger(line, "update", CLOSING, "1"),
        sqlite_trigger(line, "delete", CLOSING, "1"),
        sqlite_trigger(
            version, "update", VERSION, f"{frozen} AND ({changed_columns(apps)})"
        ),
        sqlite_trigger(version, "delete", VERSION, frozen),
        sqlite_trigger(pledge_share, "insert", SHARE, share.format("NEW.version_id")),
        sqlite_trigger(
            pledge_share,
            "update",
            SHARE,
            share.format("OLD.version_id, NEW.version_id"),
        ),
        sqlite_trigger(pledge_share, "delete", SHARE, share.format("OLD.version_id")),
        *(
            sqlite_trigger("donations_contract", act, CONTRACT, used)
            for act in ("update", "delete")
        ),
        *(
            sqlite_trigger(f"donations_{table}", act, PAPER.format(table), "1")
            for table in PAPERS
            for act in ("update", "delete")
        ),
    ]


def create(apps, schema_editor):
    """Create the triggers in the words of this database."""
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        schema_editor.execute(POSTGRESQL, params=None)
    elif vendor == "sqlite":
        for statement in sqlite_statements(apps):
            schema_editor.execute(statement, params=None)
    else:
        raise NotImplementedError(
            f"donations protects its ledger on PostgreSQL and SQLite, not on {vendor}"
        )


def drop(apps, schema_editor):
    """Drop the triggers."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_BACK, params=None)
        return
    for statement in sqlite_statements(apps):
        name = statement.split()[2]
        schema_editor.execute(f"DROP TRIGGER {name}", params=None)


class Migration(migrations.Migration):
    dependencies = [("donations", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
