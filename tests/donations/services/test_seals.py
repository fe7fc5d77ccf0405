"""Seals: every entry once, each root over the root before, nothing doubled."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from donations.domain import ledger as rules
from donations.domain import seal as seal_rules
from donations.models import Entry, Seal, SealLeaf
from donations.services import audit, donations, payloads, seals
from tests import donations_factories as factories
from tests.donations.services.test_audit import alter
from tests.donations.services.test_races import run_at_once

AT = factories.AT


def make_entries(count, version=None):
    """Post entries, one for each of as many donations."""
    version = version or factories.make_pledge_version()
    first = Entry.objects.count()
    for number in range(first, first + count):
        factories.make_donation(
            version=version, source=f"line:{number}", is_set_aside=True
        )
    return version


def find():
    """Return what the audit finds, as row and rule."""
    return [(finding.row, finding.rule) for finding in audit.audit_ledger()]


@pytest.mark.django_db
def test_every_entry_is_sealed_once():
    """Sealing in parts leaves nothing, and a second time has nothing to do."""
    make_entries(7)
    told = []

    done = seals.seal_ledger(at=AT, most=3, progress=told.append)

    assert (done, seals.count_unsealed(), told) == (7, 0, [3, 6, 7])
    assert list(Seal.objects.order_by("number").values_list("size", flat=True)) == [
        4,
        4,
        2,
    ]
    assert SealLeaf.objects.count() == 7
    assert seals.seal_ledger(at=AT) == 0
    assert find() == []


@pytest.mark.django_db
def test_each_root_holds_the_root_before():
    """The first leaf of a seal is the previous root; the first has zeros."""
    make_entries(4)

    seals.seal_ledger(at=AT, most=2)

    first, second = Seal.objects.order_by("number")
    assert (first.previous_root, second.previous_root) == ("0" * 64, first.root)
    inclusion = seal_rules.Inclusion(
        seal=2,
        position=0,
        size=second.size,
        root=second.root,
        path=tuple(second.path.split()),
    )
    assert inclusion.proves(seal_rules.hash_payload(bytes.fromhex(first.root)))


@pytest.mark.django_db
def test_inclusion_proves_the_payload():
    """The path of every entry leads from its canonical payload to the root."""
    make_entries(6)
    seals.seal_ledger(at=AT, most=5)

    found = seals.find_inclusions(entry_ids=Entry.objects.values_list("pk", flat=True))

    postings = dict(payloads.read_postings(entries=Entry.objects.all()))
    assert found.keys() == postings.keys()
    for pk, posting in postings.items():
        payload = rules.canonical_payload(posting)
        assert found[pk].proves(seal_rules.hash_payload(payload))
        assert not found[pk].proves(seal_rules.hash_payload(payload + b" "))


@pytest.mark.django_db
def test_unsealed_entry_has_no_inclusion():
    """What waits for its seal is left out."""
    make_entries(1)

    assert seals.find_inclusions(entry_ids=[Entry.objects.get().pk]) == {}


@pytest.mark.django_db
def test_entries_that_commit_late_are_sealed():
    """An entry with a lower id than those sealed is found by the next seal."""
    version = make_entries(2)
    late = Entry.objects.earliest("pk")
    seal = Seal.objects.create(
        number=1, root="0" * 64, previous_root="0" * 64, size=2, sealed_at=AT
    )
    SealLeaf.objects.create(
        seal=seal, position=1, entry=Entry.objects.latest("pk"), leaf_hash="0" * 64
    )
    make_entries(1, version)

    assert seals.seal_ledger(at=AT) == 2
    assert late.leaf.seal.number == 2


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Seal, SealLeaf])
def test_seals_are_never_changed(model):
    """Seals and leaves refuse UPDATE and DELETE, as entries do."""
    make_entries(1)
    seals.seal_ledger(at=AT)

    with (
        pytest.raises(IntegrityError, match="never updated or deleted"),
        transaction.atomic(),
    ):
        model.objects.update(id=99)
    with (
        pytest.raises(IntegrityError, match="never updated or deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608


@pytest.mark.django_db
def test_altered_entry_no_longer_fits_its_leaf():
    """With a digest made anew an altered entry is still found, by its seal."""
    make_entries(3)
    seals.seal_ledger(at=AT)
    entry = Entry.objects.order_by("pk")[1]
    ((_, posting),) = payloads.read_postings(entries=Entry.objects.filter(pk=entry.pk))
    moved = AT + timedelta(hours=1)
    digest = rules.digest(replace(posting, posted_at=moved))

    alter(Entry.objects.filter(pk=entry.pk), posted_at=moved, payload_digest=digest)

    assert find() == [(f"entry {entry.pk}", "seal")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "values", "expected"),
    [
        (SealLeaf, {"leaf_hash": "a" * 64}, "entry|seal"),
        (Seal, {"root": "a" * 64}, "seal"),
        (Seal, {"previous_root": "a" * 64}, "seal"),
        (Seal, {"size": 9}, "seal"),
        (Seal, {"path": "a" * 64}, "seal"),
        (Seal, {"number": 9}, "seal"),
    ],
)
def test_altered_seal_is_named(model, values, expected):
    """Whatever is altered in a seal or a leaf, the chain no longer holds."""
    make_entries(4)
    seals.seal_ledger(at=AT, most=2)
    last = model.objects.latest("pk")

    alter(model.objects.filter(pk=last.pk), **values)

    assert {row.split()[0] for row, _ in find()} == set(expected.split("|"))


@pytest.mark.django_db
def test_lost_leaves_are_named():
    """A seal whose leaves are gone no longer gives its root."""
    make_entries(4)
    seals.seal_ledger(at=AT, most=2)

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        SealLeaf.objects.filter(seal__number=1).delete()
        cursor.execute("SET session_replication_role = DEFAULT")

    assert find() == [("seal 1", "root"), ("seal 1", "path")]


@pytest.mark.django_db
def test_lost_leaves_prove_nothing():
    """An entry whose neighbors are gone has no path, and is not proven."""
    make_entries(4)
    seals.seal_ledger(at=AT)
    entry = Entry.objects.latest("pk")

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        SealLeaf.objects.filter(position__lt=4).delete()
        cursor.execute("SET session_replication_role = DEFAULT")

    found = seals.find_inclusions(entry_ids=[entry.pk])[entry.pk]
    assert (found.path, found.proves(entry.leaf.leaf_hash)) == ((), False)


@pytest.mark.django_db(transaction=True)
def test_two_sealers_seal_once():
    """Of several who seal at once one makes each seal, and nothing is doubled."""
    factories.make_committed_donation(count=20)
    _set_aside()

    done = run_at_once(lambda: seals.seal_ledger(at=AT, most=4))

    done.append(seals.seal_ledger(at=AT, most=4))
    assert sum(done) == SealLeaf.objects.count() == 20
    assert find() == []


@pytest.mark.django_db(transaction=True)
def test_without_the_constraints_sealers_double():
    """Negative control: with numbers and entries free the same race seals twice."""
    factories.make_committed_donation(count=20)
    _set_aside()
    dropped = _drop_constraints()

    try:
        run_at_once(lambda: seals.seal_ledger(at=AT, most=4))
        assert SealLeaf.objects.count() > 20
        assert find() != []
    finally:
        _restore(dropped)


def _set_aside():
    donations.set_aside_due(limit=100, at=AT)


def _drop_constraints():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) "
            "FROM pg_constraint WHERE contype = 'u' AND conrelid IN "
            "('donations_seal'::regclass, 'donations_sealleaf'::regclass)"
        )
        found = cursor.fetchall()
        for table, name, _ in found:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    return found


def _restore(dropped):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE donations_seal CASCADE")
        for table, name, definition in dropped:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
