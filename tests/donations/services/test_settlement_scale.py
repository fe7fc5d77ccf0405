"""However many donations a settlement has, its statements grow by the chunk only."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from donations.models import Donation, Settlement
from donations.services import (
    audit,
    rails,
    settlement_donations,
    settlement_parts,
    settlements,
)
from tests import donations_factories as factories
from tests.donations import settling
from tests.donations.settling import LATER

pytestmark = pytest.mark.django_db
CHUNK = 4


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    """Let few donations be many."""
    monkeypatch.setattr(settlement_donations, "_CHUNK", CHUNK)
    monkeypatch.setattr(settlement_parts, "_CHUNK", CHUNK)


def make_released(slug, count):
    """Make a pledge with so many donations that the clock has released."""
    version = factories.make_pledge_version(slug=slug)
    for number in range(count):
        factories.make_donation(
            version=version, source=f"{slug}:{number}", is_set_aside=True
        )
    settling.release()
    return version


def count_steps(slug, count):
    """Settle so many donations; return the statements of each step."""
    version = make_released(slug, count)
    settling.make_people()
    found = []

    def step(act):
        with CaptureQueriesContext(connection) as queries:
            result = act()
        found.append(len(queries))
        return result

    pk = step(lambda: draft(version))
    settlement = Settlement.objects.get(pk=pk)
    step(lambda: settling.approve(settlement))
    step(lambda: settling.confirm(settlement))
    lines = step(lambda: list_lines(settlement))
    assert len(lines) == settlement.donations.filter(status="settled").count() == count
    return found


def draft(version, progress=None):
    """Draft what is released."""
    person = settling.make_people()[0]
    return settlements.draft_settlement(
        pledge_id=version.pledge_id,
        drafted_by_id=person.pk,
        at=LATER,
        progress=progress,
    )


def list_lines(settlement):
    """Return what each donation of a settlement gives."""
    part = settlement.parts.get()
    return list(
        rails.list_lines(
            instruction=rails.Instruction(
                key="1",
                settlement_id=settlement.pk,
                beneficiary_id=part.beneficiary_id,
                account="",
                amount=part.amount,
                currency="USD",
            )
        )
    )


def test_statements_grow_by_the_chunk():
    """Two chunks more are four statements more to take in, and four more to settle."""
    small = count_steps("small", CHUNK)
    full = count_steps("full", 3 * CHUNK)

    grown = [after - before for before, after in zip(small, full, strict=True)]
    assert grown == [4, 0, 4, 0]
    assert list(audit.audit_ledger()) == []


def test_a_chunk_costs_the_same_full_or_not():
    """Within a chunk no donation adds a statement to any step."""
    assert count_steps("one", 1) == count_steps("three", CHUNK - 1)


def test_draft_tells_how_far_it_is():
    """Whoever waits for a large draft hears after each chunk."""
    heard = []

    draft(make_released("pledge", 2 * CHUNK + 1), progress=heard.append)

    assert heard == [CHUNK, 2 * CHUNK, 2 * CHUNK + 1]


def test_digest_covers_each_donation():
    """Every donation with its amount is a line of what is digested, in turn."""
    settlement = Settlement.objects.get(pk=draft(make_released("pledge", 2 * CHUNK)))
    parts = list(settlement.parts.all())

    lines = list(settlement_parts._digest_lines(settlement, parts))

    assert lines[-2 * CHUNK :] == [
        f"donation {donation.uuid} {donation.posted_amount}\n"
        for donation in Donation.objects.order_by("pk")
    ]
    found = settlement_parts.compute_digest(settlement=settlement, parts=parts)
    assert found == settlement.digest
