"""What a statement says of a period, piece by piece and in sum."""

import json

import pytest

from donations.domain import money
from donations.models import Closing
from donations.services import statements
from tests.donations import publishing

pytestmark = pytest.mark.django_db


@pytest.fixture
def records():
    """The records of the first of two statements, by kind."""
    publishing.make_books()
    found = {}
    closing = Closing.objects.earliest("number")
    for line in statements.read_lines(closing_id=closing.pk):
        record = json.loads(line)
        found.setdefault(record["kind"], []).append(record)
    return found


def test_head_says_whose_statement_it_is(records):
    """Pledge, period, beneficiaries and terms stand at the top."""
    (head,), (terms,) = records["statement"], records["terms"]

    assert (head["pledge"], head["number"]) == ("feeding-america-covid-19", 1)
    assert (head["starts_on"], head["ends_on"]) == ("2026-01-01", "2026-03-31")
    assert head["beneficiaries"]["US-EIN 36-3673599"] == "Feeding America"
    assert (head["merchant"], head["previous"]) == ("Example Jewelers", "")
    assert (terms["share_bps"], terms["weights"]) == (1000, [50, 30, 20])
    assert not {"minimum", "cap"} & terms.keys()


def test_pieces_say_what_they_gave(records):
    """Base and share are the sale's, posted is what is left, settled what was paid."""
    pieces = [piece for piece in records["piece"] if piece["currency"] == "USD"]

    told = [
        (piece["base"], piece["share"], piece["posted"], piece["settled"])
        for piece in pieces[:4]
    ]
    assert told == [
        (9991, 1000, 1000, 1000),
        (11_108, 1111, 500, 500),
        (12_225, 1223, 0, 0),
        (13_342, 1335, 1200, 1200),
    ]
    assert [piece["territory"] for piece in pieces[:4]] == list(publishing.STATES)
    assert pieces[2]["parts"] == {}
    assert sum(pieces[0]["parts"].values()) == 1000


def test_limits_are_accounted_for():
    """What a cap leaves and what a minimum adds stand in the sums."""
    publishing.make_books()
    found = statements.get_published(slug=publishing.LIMITED, number=1)

    lines = statements.read_lines(closing_id=found.closing_id)

    _, terms, _, *sums, total = (json.loads(line) for line in lines)
    assert (terms["minimum"], terms["cap"]) == (4000, 9000)
    assert [row["top_up"] for row in sums[:2]] == [1199, 800]
    assert [row["total"] for row in sums[:2]] == [2400, 1600]
    assert (total["posted"], total["top_up"], total["cap_left"]) == (2001, 1999, 6999)


def test_nothing_in_it_is_personal(records):
    """A piece has nine facts, and none is of a customer."""
    names = set(records["piece"][0])

    assert names == {
        *("kind", "donation", "version", "currency", "territory", "base", "share"),
        *("posted", "settled", "parts", "digest"),
    }


def test_sums_are_by_state_and_currency(records):
    """States of delivery stand for themselves, also the one that nobody knows."""
    told = [
        (row["currency"], row["territory"], row["pieces"])
        for row in records["territory"]
    ]

    assert told == [
        ("EUR", "", 1),
        ("USD", "", 2),
        ("USD", "DE", 2),
        ("USD", "US-CA", 2),
        ("USD", "US-NY", 2),
    ]
    euros, dollars = records["total"]
    assert (euros["posted"], euros["pieces"]) == (24_990, 1)
    assert dollars["fees"] == 0


def test_beneficiaries_have_their_part_of_the_whole(records):
    """Given and true-up come to the weights' part of all that was posted."""
    dollars = [row for row in records["beneficiary"] if row["currency"] == "USD"]

    totals = sorted((row["given"] + row["true_up"] for row in dollars), reverse=True)
    posted = records["total"][1]["posted"]
    assert totals == money.split(posted, [50, 30, 20])
    assert any(row["paid"] for row in dollars)


def test_second_statement_follows_the_first(records):
    """Each names the digest of the one before; they are listed the latest first."""
    later, earlier = [
        one for one in statements.list_published() if one.slug != publishing.LIMITED
    ]
    line = next(statements.read_lines(closing_id=later.closing_id))

    assert json.loads(line)["previous"] == earlier.digest
    assert (later.number, earlier.file_name) == (2, "feeding-america-covid-19-1")


def test_unsigned_statement_is_not_published():
    """What nobody has signed is nobody's word."""
    with pytest.raises(statements.StatementNotFoundError):
        statements.get_published(slug="feeding-america-covid-19", number=1)
    assert statements.list_published() == []
