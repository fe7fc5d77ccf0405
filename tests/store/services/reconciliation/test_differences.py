"""Rows for what disagrees, from found to resolved."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from store.models import Difference
from store.services.reconciliation import differences
from store.services.reconciliation.findings import Finding
from tests.journeys import races

pytestmark = pytest.mark.django_db

LATER = timedelta(days=1)


def make_finding(**changes):
    """Return what a comparison found at one Session."""
    values = {
        "kind": Difference.Kind.PAYMENT_AMOUNT,
        "reference": "cs_test_1",
        "details": "Stripe took another amount",
        "ours_amount": 249_900,
        "theirs_amount": 249_800,
        "currency": "USD",
    }
    return Finding(**(values | changes))


@pytest.fixture
def operator():
    """Somebody who looks after differences."""
    return get_user_model().objects.create_user("operator")


@pytest.fixture
def difference(at):
    """An open difference."""
    return differences.report(finding=make_finding(), at=at)


def test_difference_is_one_open_row(difference, at):
    """Seen again, a difference keeps its row and age, and takes the newest amounts."""
    again = make_finding(theirs_amount=249_700)

    row = differences.report(finding=again, at=at + LATER)

    assert (row.pk, row.found_at, row.seen_at) == (difference.pk, at, at + LATER)
    assert Difference.objects.get().theirs_amount == 249_700


def test_new_difference_is_an_error_in_the_log(at, caplog):
    """Found is told once, by kind and reference; seen again is not."""
    for moment in (at, at + LATER):
        differences.report(finding=make_finding(), at=moment)

    (record,) = caplog.records
    assert record.getMessage() == "difference found: payment_amount cs_test_1"


def test_what_comes_back_is_a_new_row(difference, at):
    """After it was resolved, the same thing is found anew."""
    differences.close_gone(difference_id=difference.pk, at=at)

    differences.report(finding=make_finding(), at=at + LATER)

    assert Difference.objects.count() == 2
    assert Difference.objects.open().get().found_at == at + LATER


def test_long_details_are_cut(at):
    """No details are too long to be written down."""
    row = differences.report(finding=make_finding(details="x" * 400), at=at)

    assert len(row.details) == 300


def test_gone_difference_is_resolved_by_nobody(difference, at):
    """What a run does not see any more is resolved in nobody's name."""
    differences.close_gone(difference_id=difference.pk, at=at + LATER)

    difference.refresh_from_db()
    assert (difference.resolved_at, difference.resolved_by) == (at + LATER, None)
    assert difference.resolution == "gone at the run of 2026-11-21 12:00 UTC"


def test_repaired_difference_is_a_resolved_row(at):
    """What a run mended is kept, resolved, for whoever asks."""
    differences.record_repaired(finding=make_finding(), at=at)

    row = Difference.objects.get()
    assert row.resolution == "repaired at the run of 2026-11-20 12:00 UTC"
    assert row.resolved_at == at


def test_resolving_takes_words(difference, operator, at):
    """A person says how it was resolved, and is named."""
    differences.resolve(
        difference_id=difference.pk,
        resolution=" Rounded by the bank ",
        resolved_by_id=operator.pk,
        at=at,
    )

    difference.refresh_from_db()
    assert difference.resolution == "Rounded by the bank"
    assert (difference.resolved_at, difference.resolved_by) == (at, operator)


def test_resolving_without_words_is_refused(difference, operator, at):
    """Blanks are no words, and nothing is resolved."""
    with pytest.raises(differences.ResolutionMissingError):
        differences.resolve(
            difference_id=difference.pk,
            resolution="  ",
            resolved_by_id=operator.pk,
            at=at,
        )

    assert Difference.objects.open().exists()


def test_difference_is_resolved_once(difference, operator, at):
    """Who comes second is told, and changes nothing."""
    differences.close_gone(difference_id=difference.pk, at=at)

    with pytest.raises(differences.AlreadyResolvedError):
        differences.resolve(
            difference_id=difference.pk,
            resolution="Mine",
            resolved_by_id=operator.pk,
            at=at,
        )
    with pytest.raises(differences.AlreadyResolvedError):
        differences.assign(difference_id=difference.pk, owner_id=operator.pk)


def test_difference_has_an_owner(difference, operator):
    """A difference is given to somebody, and may be given back."""
    differences.assign(difference_id=difference.pk, owner_id=operator.pk)

    difference.refresh_from_db()
    assert difference.owner == operator
    differences.assign(difference_id=difference.pk, owner_id=None)
    difference.refresh_from_db()
    assert difference.owner is None


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_write_one_row(at):
    """Runs that find the same thing at the same moment share one open row."""

    def find(_number):
        differences.report(finding=make_finding(), at=at)

    failures = races.run_together(4, find)

    assert failures == [None] * 4
    assert Difference.objects.count() == 1
