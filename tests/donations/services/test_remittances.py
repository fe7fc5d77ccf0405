"""A remittance advice lists every donation and comes to the payment, to the cent."""

import csv
import io
from decimal import Decimal

import pytest

from donations.services import remittances
from tests import donations_factories as factories
from tests.donations import settling

pytestmark = pytest.mark.django_db


def read(part):
    """Return the rows of the advice's CSV, without its head."""
    text = "".join(remittances.write_csv(part=part))
    return list(csv.reader(io.StringIO(text)))[1:]


def total(part):
    """Return what the advice comes to."""
    return sum(Decimal(row[2]) for row in read(part))


@pytest.fixture
def version():
    """A pledge of three beneficiaries whose weights leave remainders."""
    version = factories.make_pledge_version(weights=(50, 30, 20))
    for number, base in enumerate((249_901, 33, 99_999)):
        factories.make_donation(
            version=version,
            source=f"line:{number}",
            base_amount=base,
            is_set_aside=True,
        )
    return version


def test_advice_comes_to_each_part(version):
    """For each beneficiary the lines come to exactly what it is paid."""
    settlement = settling.settle(version)

    for part in settlement.parts.all():
        assert total(part) == Decimal(part.amount) / 100
        assert remittances.count_donations(part=part) == len(read(part))


def test_lines_name_donations_by_opaque_ids(version):
    """A line is an id, the day of the sale, an amount and its currency."""
    part = settling.draft(version).parts.order_by("pk").first()

    rows = read(part)

    uuids = list(
        part.settlement.donations.order_by("pk").values_list("uuid", flat=True)
    )
    assert [row[0] for row in rows] == [str(uuid) for uuid in uuids]
    assert rows[0][1:] == ["2026-03-02", "124.96", "USD"]


def test_advice_does_not_change_afterwards(version):
    """What falls after the payment is no matter of the advice that was sent."""
    part = settling.settle(version).parts.order_by("pk").first()
    before = read(part)

    settling.retarget(0, "line:0")

    assert read(part) == before


def test_carry_is_a_line_of_its_own(version):
    """A debt from an earlier refund is shown, and the advice still comes out."""
    settling.settle(version)
    settling.retarget(200_000, "line:0")
    factories.make_donation(version=version, source="line:9", is_set_aside=True)

    part = settling.settle(version).parts.order_by("pk").first()

    *_, last = read(part)
    assert last[0] == "carried over"
    assert Decimal(last[2]) < 0
    assert total(part) == Decimal(part.amount) / 100


def test_replacement_lists_what_failed_before(version):
    """A part that pays anew lists the donations of the failed one, and comes out."""
    failed, *others = settling.approve(settling.draft(version)).parts.order_by("pk")
    settling.fail(failed)
    for part in others:
        settling.settlements.confirm_part(
            part_id=part.pk, reference="B", at=settling.LATER
        )

    part = settling.settle(version).parts.get()

    assert len(read(part)) == 3
    assert total(part) == Decimal(part.amount) / 100


def test_currency_without_cents_has_none():
    """Yen are written without a point."""
    version = factories.make_pledge_version(currency="JPY")
    factories.make_donation(version=version, base_amount=98_765, is_set_aside=True)

    (row,) = read(settling.settle(version).parts.get())

    assert row[2:] == ["9877", "JPY"]


def test_advice_takes_few_statements(version, django_assert_max_num_queries):
    """However many donations there are, reading an advice is a handful of reads."""
    part = settling.settle(version).parts.first()

    with django_assert_max_num_queries(6):
        read(part)
