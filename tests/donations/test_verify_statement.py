"""What is published is checked from outside, and any changed byte is named."""

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from donations.domain import documents
from donations.models import Donation, Entry
from tests import donations_factories as factories
from tests.donations import publishing
from tests.donations.services.test_audit import alter, find

CHANGES = 1000


@pytest.fixture(scope="module")
def published(django_db_setup, django_db_blocker, tmp_path_factory):
    """The files of a ledger that has everything in it, saved once."""
    folder = tmp_path_factory.mktemp("published")
    with django_db_blocker.unblock(), transaction.atomic():
        publishing.make_books()
        tokens = Donation.objects.filter(source__in=["line:1", "line:3"])
        publishing.save_files(Client(), folder, tokens.values_list("uuid", flat=True))
        transaction.set_rollback(True)
    return folder


@pytest.fixture
def folder(published, tmp_path):
    """A folder of one's own with those files."""
    return Path(shutil.copytree(published, tmp_path / "files"))


@pytest.fixture
def verify():
    """The program's function: what is wrong in a folder."""
    main = publishing.load_script().main
    return lambda folder: main([str(folder)])


def run(folder):
    """Run the program as an outsider does: without site packages, on files alone."""
    shutil.copy(publishing.SCRIPT, folder)
    return subprocess.run(
        [sys.executable, "-I", "-S", "verify_statement.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def rewrite(path, change):
    """Change a document's records and bind its lines anew, as a forger would."""
    records = json.loads(path.read_text(encoding="utf-8"))
    for record in records:
        del record["digest"]
    change(records)
    path.write_text("".join(documents.write_document(records)), encoding="utf-8")


def test_program_is_short_and_alone():
    """Under 200 lines, so that anybody reads it; nothing but the standard library."""
    text = publishing.SCRIPT.read_text(encoding="utf-8")

    imported = set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE))

    assert len(text.splitlines()) < 200
    assert imported <= sys.stdlib_module_names


def test_published_files_are_accepted(folder):
    """In an empty Python the program finds nothing wrong."""
    result = run(folder)

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_files_can_be_named(folder, verify):
    """Instead of a folder some files are enough."""
    files = [str(folder / "seals.json"), *map(str, folder.glob("proof-*.json"))]

    assert publishing.load_script().main(files) == []


def test_wrong_file_ends_badly(folder):
    """The program prints file and line, and fails."""
    path = folder / "seals.json"
    path.write_bytes(path.read_bytes().replace(b'"number":2', b'"number":3', 1))

    result = run(folder)

    assert result.returncode == 1
    assert "seals.json, line 4: it is not as it was published" in result.stderr


def test_every_changed_byte_is_named(folder, verify):
    """A thousand times one byte of one file is changed: its file and line are named."""
    files = sorted(path for path in folder.iterdir())
    draw = random.Random(9162)
    assert verify(folder) == []

    for _ in range(CHANGES):
        path = draw.choice(files)
        right = path.read_bytes()
        place = draw.randrange(len(right))
        byte = bytes([draw.choice([b for b in range(256) if b != right[place]])])
        path.write_bytes(right[:place] + byte + right[place + 1 :])

        found = "\n".join(verify(folder))

        line = right.count(b"\n", 0, place) + 1
        assert f"{path.name}, line {line}:" in found, (path.name, place, byte, found)
        path.write_bytes(right)


@pytest.mark.parametrize("is_longer", [True, False])
def test_longer_and_shorter_files_are_named(folder, verify, is_longer):
    """A line more or less at the end of any file is found."""
    for path in sorted(folder.iterdir()):
        right = path.read_bytes()
        shorter = b"\n".join(right.split(b"\n")[:-2]) + b"\n"
        path.write_bytes(right + b"\n" if is_longer else shorter)

        assert any(path.name in problem for problem in verify(folder)), path.name

        path.write_bytes(right)


@pytest.mark.parametrize(
    ("kind", "name", "by"),
    [
        ("piece", "base", 10_000),
        ("piece", "share", 1),
        ("piece", "posted", 1),
        ("piece", "settled", 1),
        ("beneficiary", "given", 1),
        ("beneficiary", "true_up", 1),
        ("beneficiary", "top_up", 1),
        ("beneficiary", "paid", 1),
        ("beneficiary", "total", 1),
        ("territory", "pieces", 1),
        ("territory", "base", 1),
        ("territory", "posted", 1),
        ("total", "pieces", -1),
        ("total", "posted", 1),
        ("total", "settled", 1),
        ("total", "top_up", 1),
        ("total", "write_off", 1),
    ],
)
def test_forged_sums_are_named(folder, verify, kind, name, by):
    """Whoever binds the lines anew after a change is found by adding up."""

    def forge(records):
        record = next(record for record in records if record["kind"] == kind)
        record[name] += by

    rewrite(folder / "feeding-america-covid-19-2.json", forge)

    found = verify(folder)
    assert any("feeding-america-covid-19-2.json, line" in problem for problem in found)


@pytest.mark.parametrize("kind", ["piece", "beneficiary", "territory", "total"])
def test_left_out_lines_are_named(folder, verify, kind):
    """A statement that leaves a line out does not add up."""

    def leave_out(records):
        records.remove(next(record for record in records if record["kind"] == kind))

    rewrite(folder / "feeding-america-covid-19-1.json", leave_out)

    assert any("feeding-america-covid-19-1.json" in found for found in verify(folder))


def test_statement_of_another_past_is_named(folder, verify):
    """A statement names the one before: neither can be exchanged alone."""

    def rename(records):
        records[0]["merchant"] = "Another"

    rewrite(folder / "feeding-america-covid-19-1.json", rename)

    found = "\n".join(verify(folder))
    assert "feeding-america-covid-19-2.json, line 2: it follows another" in found
    assert "feed.json" in found


def test_forged_seals_are_named(folder, verify):
    """A seal whose root is exchanged breaks the next, and the proofs."""

    def forge(records):
        records[1]["root"] = "a" * 64

    rewrite(folder / "seals.json", forge)

    assert verify(folder)[0].startswith("seals.json, line 3: the seal before")


def test_forged_proof_is_named(folder, verify):
    """An entry that says more than it did does not lead to its seal."""
    path = next(folder.glob("proof-*.json"))

    def forge(records):
        records[1]["payload"]["amount"] += 1

    rewrite(path, forge)

    assert verify(folder) == [f"{path.name}, line 3: it is not what was sealed"]


def test_other_files_are_named(folder, verify):
    """A file that is none of ours is no proof of anything."""
    text = "".join(documents.write_document([{"kind": "story"}]))
    (folder / "else.json").write_text(text, encoding="utf-8")

    assert verify(folder) == ["else.json: it is none of the published files"]


def test_proof_without_its_seals_proves_nothing(folder, verify):
    """Roots that a proof names itself are worth nothing."""
    (folder / "seals.json").unlink()

    assert any("it is not what was sealed" in problem for problem in verify(folder))


@pytest.mark.django_db
def test_attacker_with_the_database_is_seen(client, tmp_path, verify):
    """With triggers dropped and digests made anew, audit, page and program show it."""
    publishing.make_books()
    entry = Entry.objects.filter(donation__source="line:5").earliest("pk")

    alter(Entry.objects.filter(pk=entry.pk), amount=entry.amount + 1)

    token = entry.donation.uuid
    publishing.save_files(client, tmp_path, [token])
    page = client.get(f"/impact/proof/{token}/").content.decode()
    problem = f"proof-{token}.json, line 3: it is not what was sealed"
    assert (f"entry {entry.pk}", "seal") in find()
    assert "Altered: this is not what seal" in page
    assert problem in verify(tmp_path)


@pytest.mark.django_db
def test_proof_of_nothing_is_not_found(client):
    """A token that nobody was given leads nowhere."""
    token = factories.make_pledge_version().pledge_id

    for ending in ("/", ".json"):
        name = f"00000000-0000-4000-8000-{token:012d}"
        assert client.get(f"/impact/proof/{name}{ending}").status_code == 404
