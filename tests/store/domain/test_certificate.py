"""A certificate's bytes, digest and chain check."""

import datetime
import hashlib
import json
from dataclasses import replace

import pytest

from store.domain import certificate
from store.domain.certificate import REQUIRED_STEPS, Basis, DatePrecision, EventKind

DAY = datetime.date(2019, 3, 31)


def make_stone(**changes):
    """Return a stone about which everything is known."""
    stone = certificate.StoneFacts(
        position=1,
        kind="natural",
        basis="laboratory",
        cut="round brilliant",
        carat="0.52",
        shade="C5",
        color_words="Fancy Brown",
        clarity="VS2",
        treatment="none found by laboratory",
        laboratory="Example Gem Laboratory",
        report_number="XGL-FICT-2207",
        inscription="DEMO XGL 2207",
    )
    return replace(stone, **changes)


def make_event(kind=EventKind.MINED, sequence=1, **changes):
    """Return one complete step."""
    event = certificate.EventFacts(
        sequence=sequence,
        kind=kind,
        place="Severny Uval, Yakutia",
        country="RU",
        place_precision="this_place",
        happened_on=DAY,
        date_precision="day",
        actor="Severny Uval Mine",
        document="Production record 17",
        document_sha256="ab" * 32,
        basis="document_held",
    )
    return replace(event, **changes)


def make_chain():
    """Return a chain that lacks nothing."""
    return [make_event(kind, n) for n, kind in enumerate(REQUIRED_STEPS, start=1)]


def make_facts(**changes):
    """Return all facts of a sellable piece."""
    facts = certificate.PieceFacts(
        number="K7M2Q9XPRA",
        version=1,
        issued_on=DAY,
        issuer="Example Jewelers",
        serial_number="DTC-0101-01",
        item="Six-prong solitaire ring",
        metal="14k rose gold",
        size="6",
        limits="The month of sorting is not known.",
        stones=(make_stone(),),
        events=tuple(make_chain()),
    )
    return replace(facts, **changes)


def test_complete_chain_lacks_nothing():
    """A natural stone with all six steps can be sold."""
    assert certificate.what_is_missing([make_stone()], make_chain()) == []


@pytest.mark.parametrize("step", REQUIRED_STEPS)
def test_each_required_step_is_missed(step):
    """Leaving out any one step is said by its name."""
    chain = [event for event in make_chain() if event.kind != step]

    missing = certificate.what_is_missing([make_stone()], chain)

    assert missing == [f"Add the step “{step}” to the chain."]


def test_piece_without_stone_is_missed():
    """A piece has at least one stone."""
    assert certificate.what_is_missing([], make_chain()) == ["Add at least one stone."]


@pytest.mark.parametrize("unknown", [{"kind": "not_known"}, {"basis": "not_known"}])
def test_unknown_kind_is_not_for_sale(unknown):
    """A stone says whether it is natural, and on what basis."""
    (sentence,) = certificate.what_is_missing([make_stone(**unknown)], make_chain())

    assert sentence.startswith("Stone 1: say whether it is natural")


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("place", "place"),
        ("actor", "actor"),
        ("document", "document"),
        ("document_sha256", "document's SHA-256"),
    ],
)
def test_each_proof_is_missed(field, word):
    """A required step names its place, actor, document and digest."""
    chain = make_chain()
    chain[2] = replace(chain[2], **{field: ""})

    missing = certificate.what_is_missing([make_stone()], chain)

    assert missing == [f"Step 3 “cut”: name its {word}."]


def test_steps_follow_the_journey():
    """Cutting cannot come before sorting."""
    chain = make_chain()
    chain[1], chain[2] = (
        replace(chain[1], kind=EventKind.CUT),
        replace(chain[2], kind=EventKind.SORTED),
    )

    missing = certificate.what_is_missing([make_stone()], chain)

    assert missing == ["Step 3 “sorted” cannot come after “cut”."]


def test_dates_do_not_run_backwards():
    """A step cannot have happened before the one above it."""
    chain = make_chain()
    chain[3] = replace(chain[3], happened_on=DAY - datetime.timedelta(days=1))

    missing = certificate.what_is_missing([make_stone()], chain)

    assert missing == ["Step 4 “polished” is dated before the step above it."]


@pytest.mark.parametrize("precision", [DatePrecision.MONTH, DatePrecision.YEAR])
def test_dates_are_compared_within_their_precision(precision):
    """A date known to the month or year may lie anywhere within it."""
    chain = make_chain()
    earlier = datetime.date(2019, 3, 1)
    chain[3] = replace(chain[3], happened_on=earlier, date_precision=precision)

    assert certificate.what_is_missing([make_stone()], chain) == []


def test_unknown_date_fits_everywhere():
    """A step whose date is not known breaks no order."""
    chain = make_chain()
    chain[3] = replace(
        chain[3], happened_on=None, date_precision=DatePrecision.NOT_KNOWN
    )

    assert certificate.what_is_missing([make_stone()], chain) == []


@pytest.mark.parametrize(
    ("precision", "text"),
    [
        (DatePrecision.DAY, "2019-03-31"),
        (DatePrecision.MONTH, "2019-03"),
        (DatePrecision.YEAR, "2019"),
        (DatePrecision.NOT_KNOWN, ""),
    ],
)
def test_date_says_no_more_than_is_known(precision, text):
    """A date known to the month never shows a day."""
    assert certificate.date_text(DAY, precision) == text


def test_missing_date_is_blank():
    """No date gives no text, whatever its precision."""
    assert certificate.date_text(None, DatePrecision.DAY) == ""


def test_headline_is_the_weakest_link():
    """The weakest basis of the required steps speaks for the chain."""
    chain = make_chain()
    chain[1] = replace(chain[1], basis=Basis.STATED_BY_SUPPLIER)

    assert certificate.weakest_basis(chain) == Basis.STATED_BY_SUPPLIER


def test_optional_step_does_not_weaken_headline():
    """A step that is not required does not decide the headline."""
    traded = make_event(EventKind.TRADED, 7, basis=Basis.NOT_KNOWN)

    assert certificate.weakest_basis([*make_chain(), traded]) == Basis.DOCUMENT_HELD


def test_headline_of_nothing_is_not_known():
    """Without a chain nothing is known."""
    assert certificate.weakest_basis([]) == Basis.NOT_KNOWN


def test_text_is_canonical_json():
    """The text is RFC 8785 JSON: keys sorted, no spaces, dates at their precision."""
    text = certificate.canonical_text(make_facts())

    document = json.loads(text)

    assert text == json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert document["format"] == certificate.FORMAT
    assert document["events"][0]["happened_on"] == "2019-03-31"


def test_equal_facts_give_equal_digests():
    """The digest is the SHA-256 of the text, and depends on every fact."""
    text = certificate.canonical_text(make_facts())

    assert certificate.canonical_text(make_facts()) == text
    assert certificate.digest_of(text) == hashlib.sha256(text.encode()).hexdigest()
    assert certificate.canonical_text(make_facts(size="7")) != text
