"""What the ledger does on SQLite: `python -m tests.donations.on_sqlite`, on a new file.

Prints one JSON object. A process of its own, since Django's settings name one kind of
database for each process, and since workers on SQLite are processes, too.
"""

import json
import os

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import IntegrityError, connection, connections, transaction  # noqa: E402

from donations.models import Donation, Entry, Settlement  # noqa: E402
from donations.services import audit, donations, seals, settlements  # noqa: E402
from tests import donations_factories as factories  # noqa: E402
from tests.donations import closing as closing_steps  # noqa: E402
from tests.donations import settling  # noqa: E402

AT = factories.AT
WORKERS = 4
FORBIDDEN = {
    "update entry": "UPDATE donations_entry SET amount = 1",
    "delete entry": "DELETE FROM donations_entry",
    "update account": "UPDATE donations_account SET code = 'x'",
    "delete account": "DELETE FROM donations_account",
    "update seal": "UPDATE donations_seal SET root = 'x'",
    "delete seal": "DELETE FROM donations_seal",
    "update leaf": "UPDATE donations_sealleaf SET leaf_hash = 'x'",
    "delete leaf": "DELETE FROM donations_sealleaf",
    "update closing": "UPDATE donations_closing SET digest = 'x'",
    "delete closing": "DELETE FROM donations_closing",
    "update line": "UPDATE donations_statementline SET content = 'x'",
    "delete line": "DELETE FROM donations_statementline",
    "insert line": "INSERT INTO donations_statementline "
    "(closing_id, position, content) "
    "SELECT closing_id, 999, content FROM donations_statementline",
    "update version": "UPDATE donations_pledgeversion SET share_bps = 1",
    "withdraw version": "UPDATE donations_pledgeversion SET published_at = NULL",
    "delete version": "DELETE FROM donations_pledgeversion",
    "update share": "UPDATE donations_pledgeshare SET weight = 9",
    "delete share": "DELETE FROM donations_pledgeshare",
    "insert share": "INSERT INTO donations_pledgeshare "
    "(version_id, beneficiary_id, weight, ordinal) "
    "SELECT version_id, beneficiary_id, 1, 9 FROM donations_pledgeshare",
}
ALLOWED = {
    "change current": "UPDATE donations_pledgeversion SET is_current = is_current",
}


def attempt(statement):
    """Try a statement and return what the database says."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError as error:
        return str(error)
    return "done"


def race(act):
    """Run `act` in processes at once; return how many of them answered yes."""
    connections.close_all()
    children = []
    for _ in range(WORKERS):
        child = os.fork()
        if child == 0:
            code = 9
            try:
                code = int(act())
            finally:
                os._exit(code)
        children.append(child)
    return [os.WEXITSTATUS(os.waitpid(child, 0)[1]) for child in children]


def settle(version):
    """Settle everything of a pledge."""
    people = [factories.make_user(username=name) for name in ("ann", "bob")]
    at = AT.replace(year=AT.year + 1)
    settling.release(at)
    pk = settlements.draft_settlement(
        pledge_id=version.pledge_id, drafted_by_id=people[0].pk, at=at
    )
    settlements.approve_settlement(
        settlement_id=pk,
        approved_by_id=people[1].pk,
        digest=Settlement.objects.get().digest,
        at=at,
    )
    settlements.confirm_settlement(settlement_id=pk, reference="BANK-1", at=at)


def change(version):
    """Refund, dispute and settle, before and after each other."""
    donations.retarget_donation(source="line:2", base_amount=0, at=AT, cause="back")
    donations.retarget_donation(
        source="line:4", base_amount=249_900, at=AT, cause="dispute", is_held=True
    )
    settle(version)
    donations.retarget_donation(source="line:3", base_amount=0, at=AT, cause="back")
    donations.retarget_donation(
        source="line:5", base_amount=249_900, at=AT, cause="dispute", is_held=True
    )
    donations.retarget_donation(
        source="line:4", base_amount=249_900, at=AT, cause="won"
    )
    closing_steps.close_and_sign(version)


def race_for_a_cap():
    """Let processes sweep what is more than a cap; return what is posted, in order."""
    version = factories.make_pledge_version(slug="capped", cap_amount=100_000)
    with transaction.atomic():
        donations.record_due_donations(
            due=[
                factories.make_due(version=version, source=f"capped:{number}")
                for number in range(9)
            ],
            at=AT,
            is_nudged=False,
        )
    race(lambda: donations.set_aside_due(limit=100, at=AT) > 0)
    donations.retarget_donation(source="capped:0", base_amount=0, at=AT, cause="back")
    rows = Donation.objects.filter(pledge_version=version).order_by("pk")
    return list(rows.values_list("posted_amount", flat=True))


def main():
    """Go the whole way on SQLite and print what happened."""
    call_command("migrate", verbosity=0)
    version = factories.make_pledge_version(weights=(50, 30, 20))
    donation = factories.make_committed_donation(version=version)
    answers = race(lambda: donations.set_aside_donation(donation_id=donation.pk, at=AT))
    factories.make_committed_donation(version=version, count=50)
    swept = race(lambda: donations.set_aside_due(limit=100, at=AT))
    entries = Entry.objects.filter(kind="set_aside").count()
    change(version)
    capped = race_for_a_cap()
    sealed = race(lambda: seals.seal_ledger(at=AT, most=50))
    refused = {name: attempt(statement) for name, statement in FORBIDDEN.items()}
    allowed = {name: attempt(statement) for name, statement in ALLOWED.items()}
    result = {
        "capped": capped,
        "answers": sorted(answers),
        "swept": sum(swept),
        "entries": entries,
        "sealed": sum(sealed),
        "unsealed": seals.count_unsealed(),
        "due": Donation.objects.due().count(),
        "refused": refused,
        "allowed": allowed,
        "findings": [str(finding) for finding in audit.audit_ledger()],
    }
    connection.cursor().execute("DROP TRIGGER donations_entry_no_update")
    connection.cursor().execute("UPDATE donations_entry SET note = 'x' WHERE id = 1")
    result["altered"] = [finding.row for finding in audit.audit_ledger()]
    print(json.dumps(result))  # noqa: T201


if __name__ == "__main__":
    main()
