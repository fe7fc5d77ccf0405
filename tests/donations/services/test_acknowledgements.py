"""A beneficiary says by a link of its own that money arrived, or what is wrong."""

import pytest
from django.db import connection

from donations.models import Acknowledgement
from donations.services import acknowledgements, audit, impact, settlements
from tests import donations_factories as factories
from tests.donations import settling

LATER = settling.LATER
pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    """A pledge of two beneficiaries with one donation of 249.90."""
    version = factories.make_pledge_version(weights=(2, 1))
    factories.make_donation(version=version, is_set_aside=True)
    return version


@pytest.fixture
def settlement(version):
    """Its settlement, paid: 166.60 and 83.30."""
    return settling.settle(version)


def dispute(part, reason="Only half of it came."):
    """Let the beneficiary say that something is wrong."""
    acknowledgements.dispute(
        token=settling.make_token(part), name="Dana Lee", reason=reason, at=LATER
    )


def test_each_beneficiary_is_asked_once(settlement):
    """A part that is paid owes its beneficiary one mail."""
    settlements.confirm_settlement(
        settlement_id=settlement.pk, reference="BANK-2", at=LATER
    )

    asked = Acknowledgement.objects.values_list("part", flat=True)
    assert sorted(asked) == sorted(settlement.parts.values_list("pk", flat=True))


def test_payment_asks_a_worker(version, django_capture_on_commit_callbacks):
    """The nudge for the mails leaves with the commit of the payment."""
    settlement = settling.approve(settling.draft(version))

    with django_capture_on_commit_callbacks() as callbacks:
        settling.confirm(settlement)

    assert len(callbacks) == 1


def test_link_is_stored_hashed(settlement):
    """Who reads the table cannot make the link."""
    row = Acknowledgement.objects.earliest("pk")
    token = acknowledgements.make_token(row=row)

    stored = [
        str(value) for value in Acknowledgement.objects.values_list().get(pk=row.pk)
    ]

    assert token not in " ".join(stored)
    assert acknowledgements.find_part(token=token) == row.part


def test_question_says_what_was_paid(settlement):
    """The link shows the part, and asking for it changes nothing."""
    part = settlement.parts.order_by("pk").first()

    question = acknowledgements.read_question(token=settling.make_token(part))

    assert (question.amount.amount, question.reference) == (16660, "BANK-1")
    assert (question.beneficiary_name, question.paid_at) == ("Feeding America", LATER)
    assert question.pledge_name == "Diamonds That Care"


def test_settlement_is_acknowledged_by_all(settlement):
    """One of two is not enough; the second makes it acknowledged."""
    first, second = settlement.parts.order_by("pk")

    settling.acknowledge(first)
    settlement.refresh_from_db()
    assert settlement.status == "paid"
    settling.acknowledge(second)

    settlement.refresh_from_db()
    assert settlement.status == "acknowledged"
    assert list(audit.audit_ledger()) == []


def test_failed_part_keeps_nobody_waiting(version):
    """When the last open part fails, those acknowledged make the settlement so."""
    settlement = settling.approve(settling.draft(version))
    paid, failed = settlement.parts.order_by("pk")
    settlements.confirm_part(part_id=paid.pk, reference="B", at=LATER)
    settling.acknowledge(paid)

    settling.fail(failed)

    settlement.refresh_from_db()
    assert settlement.status == "acknowledged"
    assert list(audit.audit_ledger()) == []


def test_answer_keeps_the_person(settlement):
    """Who answered, when and what is kept beside the part."""
    part = settlement.parts.first()

    settling.acknowledge(part)

    part.refresh_from_db()
    row = part.acknowledgements.get()
    assert (row.answer, row.answered_by, row.answered_at) == (
        "acknowledged",
        "Dana Lee",
        LATER,
    )
    assert part.acknowledged_at == LATER


@pytest.mark.parametrize("answer", [settling.acknowledge, dispute])
def test_link_works_once(settlement, caplog, answer):
    """A link that was used is refused and logged, by ids alone."""
    part = settlement.parts.first()
    token = settling.make_token(part)
    settling.acknowledge(part)

    with pytest.raises(acknowledgements.LinkUsedError):
        answer(part)

    row = part.acknowledgements.get()
    refusal = f"link used again (acknowledgement={row.pk} part={part.pk})"
    assert f"refused: {refusal}" in caplog.text
    assert token not in caplog.text
    assert part.acknowledgements.get().answer == "acknowledged"


def test_of_two_answers_at_once_one_counts(settlement):
    """A second answer that comes in between is the one; the first is refused."""
    part = settlement.parts.first()

    def answer_first(execute, sql, params, many, context):
        if sql.startswith('UPDATE "donations_acknowledgement"'):
            with connection.cursor() as cursor:
                cursor.cursor.execute(
                    "UPDATE donations_acknowledgement SET answer = 'disputed', "
                    "answered_by = 'X', reason = 'Y', answered_at = now()"
                )
        return execute(sql, params, many, context)

    with (
        connection.execute_wrapper(answer_first),
        pytest.raises(acknowledgements.LinkUsedError),
    ):
        settling.acknowledge(part)

    part.refresh_from_db()
    assert part.acknowledged_at is None


def test_made_up_link_is_unknown(settlement):
    """A link that nobody was sent shows nothing."""
    with pytest.raises(acknowledgements.LinkUnknownError):
        acknowledgements.read_question(token="0" * 64)


@pytest.mark.parametrize(("name", "reason"), [(" ", "late"), ("Dana Lee", " ")])
def test_incomplete_answer_is_none(settlement, name, reason):
    """Without a name, or a dispute without a reason, the link stays open."""
    part = settlement.parts.first()
    token = settling.make_token(part)

    with pytest.raises(acknowledgements.AnswerIncompleteError):
        acknowledgements.dispute(token=token, name=name, reason=reason, at=LATER)

    assert acknowledgements.read_question(token=token).part_id == part.pk


def test_long_answer_fits(settlement):
    """However much somebody writes, the answer fits in the row."""
    part = settlement.parts.first()

    acknowledgements.dispute(
        token=settling.make_token(part), name="n" * 999, reason="r" * 9999, at=LATER
    )

    row = part.acknowledgements.get()
    assert (len(row.answered_by), len(row.reason)) == (120, 1000)


def test_dispute_acknowledges_nothing(
    settlement, heard, django_capture_on_commit_callbacks
):
    """What is disputed is kept with its reason, and the settlement stays paid."""
    part = settlement.parts.first()

    with django_capture_on_commit_callbacks(execute=True):
        dispute(part)

    settlement.refresh_from_db()
    part.refresh_from_db()
    assert (settlement.status, part.acknowledged_at) == ("paid", None)
    assert part.acknowledgements.get().reason == "Only half of it came."
    assert heard == [("part_disputed", part.pk)]


def test_disputed_part_may_be_asked_about_again(settlement):
    """A new link acknowledges what the old one disputed; the old one stays used."""
    part = settlement.parts.first()
    dispute(part)
    old = settling.make_token(part)

    acknowledgements.ask_again(part_id=part.pk, at=LATER)

    with pytest.raises(acknowledgements.LinkUsedError):
        acknowledgements.read_question(token=old)
    settling.acknowledge(part)
    part.refresh_from_db()
    assert part.acknowledged_at == LATER


def test_open_link_is_sent_again(settlement, django_capture_on_commit_callbacks):
    """A mail that was lost is owed anew, with the same link."""
    part = settlement.parts.first()
    token = settling.make_token(part)
    Acknowledgement.objects.update(sent_at=LATER, tries=3)

    with django_capture_on_commit_callbacks() as callbacks:
        acknowledgements.ask_again(part_id=part.pk, at=LATER)

    row = part.acknowledgements.get()
    assert (row.sent_at, row.tries, settling.make_token(part)) == (None, 0, token)
    assert len(callbacks) == 1


def test_nothing_to_ask_is_refused(version):
    """Neither what is not paid nor what is acknowledged is asked about."""
    settlement = settling.approve(settling.draft(version))
    part = settlement.parts.first()
    with pytest.raises(acknowledgements.NotAskableError):
        acknowledgements.ask_again(part_id=part.pk, at=LATER)
    settling.confirm(settlement)
    settling.acknowledge(part)

    with pytest.raises(acknowledgements.NotAskableError):
        acknowledgements.ask_again(part_id=part.pk, at=LATER)


def test_acknowledged_money_is_published(version, settlement):
    """Totals count what was acknowledged; a payment is so when all its parts are."""
    first, second = settlement.parts.order_by("pk")
    settling.acknowledge(first)
    (pledge,) = impact.read_totals().pledges
    assert pledge.totals.acknowledged.amount == 16660
    assert pledge.settlements[0].acknowledged_at is None

    settling.acknowledge(second)

    pledge = impact.read_pledge_totals(slug=version.pledge.slug)
    assert pledge.totals.acknowledged.amount == 24990
    assert pledge.settlements[0].acknowledged_at == LATER
