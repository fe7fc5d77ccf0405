"""The sample's chains of custody, before they become rows."""

import datetime
import hashlib

import pytest

from demo.sample import chains, documents
from store.domain import certificate
from store.domain.certificate import DatePrecision, EventKind, PlacePrecision

NUMBERS = range(100, 1500)


def _events(chain):
    return [
        certificate.EventFacts(
            sequence=sequence,
            kind=step.kind,
            place=step.facility.address,
            country=step.facility.country,
            place_precision=step.place_precision,
            happened_on=step.on,
            date_precision=step.date_precision,
            actor=step.facility.actor,
            document=step.document,
            document_sha256=documents.digest_of(step),
            basis=step.basis,
        )
        for sequence, step in enumerate(chain.steps, start=1)
    ]


STONE = certificate.StoneFacts(
    1, "natural", "laboratory", "oval", "0.50", "C4", "", "", "", "", "", ""
)


@pytest.mark.parametrize("is_short", [False, True])
def test_every_chain_may_be_sold(is_short):
    """No chain lacks a step, a proof or the right order of its dates."""
    for number in NUMBERS:
        chain = chains.make_chain(number, metal="recycled platinum", is_short=is_short)

        assert certificate.what_is_missing([STONE], _events(chain)) == []


def test_every_chain_starts_in_yakutia():
    """Every stone is mined in Yakutia between 2017 and 2019."""
    for number in NUMBERS:
        first = chains.make_chain(number, metal="14k rose gold").steps[0]

        assert first.kind == EventKind.MINED
        assert first.facility.country == "RU"
        assert first.facility.address.endswith(", Yakutia")
        assert first.on.year in {2017, 2018, 2019}


def test_every_chain_leaves_before_the_cut_off():
    """Every stone leaves as rough by early 2020, and is cut and set that year."""
    for number in NUMBERS:
        steps = {
            step.kind: step
            for step in chains.make_chain(number, metal="14k rose gold").steps
        }

        assert steps[EventKind.KP_EXPORTED].on < datetime.date(2020, 2, 1)
        assert "RU-FICT-" in steps[EventKind.KP_EXPORTED].document
        assert {steps[kind].on.year for kind in (EventKind.CUT, EventKind.SET)} == {
            2020
        }
        assert steps[EventKind.CUT].facility.country != "RU"


def test_chains_differ():
    """Length, cutter, basis and precision vary from piece to piece."""
    made = [chains.make_chain(number, metal="14k rose gold") for number in NUMBERS]

    assert len({len(chain.steps) for chain in made}) >= 4
    assert len({step.facility for chain in made for step in chain.steps}) >= 12
    mined = {chain.steps[0].place_precision for chain in made}
    assert mined == {PlacePrecision.THIS_PLACE, PlacePrecision.PRODUCERS_SORT}
    dated = {step.date_precision for chain in made for step in chain.steps}
    assert dated >= {DatePrecision.DAY, DatePrecision.MONTH, DatePrecision.YEAR}


def test_equal_numbers_give_equal_papers():
    """The same piece has the same papers in every sample, byte for byte."""
    first = chains.make_chain(103, metal="14k rose gold").steps
    second = chains.make_chain(103, metal="14k rose gold").steps

    assert first == second
    for step in first:
        text = documents.text_of(step)
        assert text.startswith("FICTIONAL\n")
        assert documents.digest_of(step) == hashlib.sha256(text.encode()).hexdigest()


def test_one_paper_says_one_thing():
    """Steps that rest on a paper of the same name rest on the same words."""
    said = {}
    for number in NUMBERS:
        for step in chains.make_chain(number, metal="recycled platinum").steps:
            text = documents.text_of(step)

            assert said.setdefault(step.document, text) == text
