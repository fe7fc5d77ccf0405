"""Bank details take two people and a week, and nothing is paid in between."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from donations.domain import bank
from donations.models import BankAccount, BankAccountDecision, Beneficiary
from donations.services import bank_accounts, settlements
from tests import donations_factories as factories
from tests.donations import settling

LATER = settling.LATER
WEEK = timedelta(days=7)
NUMBER = "000123456789"
pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    """A pledge with a donation that is payable."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    return version


def propose(at=LATER, number=NUMBER, currency="USD"):
    """Let the first person propose where the beneficiary is paid."""
    return bank_accounts.propose_details(
        beneficiary_id=Beneficiary.objects.earliest("pk").pk,
        details=bank.BankDetails(
            holder="Feeding America",
            currency=currency,
            account_number=number,
            routing_number="021000021",
        ),
        proposed_by_id=settling.make_people()[0].pk,
        at=at,
    )


def decide(account_id, at=LATER, person=1, *, is_confirmed=True):
    """Let the second person, or another one, decide."""
    bank_accounts.decide_details(
        account_id=account_id,
        decided_by_id=settling.make_people()[person].pk,
        is_confirmed=is_confirmed,
        at=at,
    )


def in_force(at=LATER, currency="USD"):
    """Return the number in force at a moment."""
    (pk,) = Beneficiary.objects.values_list("pk", flat=True)
    found = bank_accounts.read_in_force(beneficiary_ids=[pk], currency=currency, at=at)
    return [account.account_number for account in found.values()]


def test_details_wait_a_week(version):
    """Confirmed details take effect after the waiting period, not a second before."""
    decide(propose())

    assert in_force(LATER + WEEK - timedelta(seconds=1)) == []
    assert in_force(LATER + WEEK) == [NUMBER]
    assert in_force(LATER + WEEK, currency="EUR") == []


def test_waiting_period_is_a_setting(version, settings):
    """A host may wait longer."""
    settings.DONATIONS = {**settings.DONATIONS, "BANK_DETAILS_WAIT_DAYS": 30}

    decide(propose())

    assert in_force(LATER + timedelta(days=29)) == []
    assert in_force(LATER + timedelta(days=30)) == [NUMBER]


def test_latest_in_effect_is_in_force(version):
    """Later details take over when their own time has come; the older ones are kept."""
    decide(propose())
    decide(propose(LATER + WEEK, "999"), LATER + WEEK)

    assert in_force(LATER + WEEK) == [NUMBER]
    assert in_force(LATER + 2 * WEEK) == ["999"]
    assert BankAccount.objects.count() == 2


def test_nobody_confirms_their_own(version, caplog):
    """Changing bank details alone is refused and logged, without any number."""
    account_id = propose()

    with pytest.raises(bank_accounts.SamePersonError):
        decide(account_id, person=0)

    assert "refused: proposer confirms bank details" in caplog.text
    assert NUMBER not in caplog.text
    assert in_force(LATER + 9 * WEEK) == []


def test_proposer_may_take_back(version):
    """Who made a mistake need not wait for somebody else."""
    decide(propose(), person=0, is_confirmed=False)

    settling.approve(settling.draft(version))


def test_details_are_decided_once(version):
    """A refusal is not confirmed later: propose anew."""
    account_id = propose()
    decide(account_id, is_confirmed=False)

    with pytest.raises(bank_accounts.AlreadyDecidedError):
        decide(account_id)

    assert in_force(LATER + 9 * WEEK) == []


@pytest.mark.parametrize("is_confirmed", [None, True])
def test_open_proposal_stops_approval(version, is_confirmed, caplog):
    """Proposed or waiting details keep every open approval from being given."""
    drafted = settling.draft(version)
    account_id = propose()
    if is_confirmed:
        decide(account_id)

    with pytest.raises(settlements.DetailsOpenError):
        settling.approve(drafted)

    drafted.refresh_from_db()
    assert drafted.status == "drafted"
    assert "refused: bank details open" in caplog.text


def test_other_currency_stops_nothing(version):
    """Where euros go says nothing of dollars."""
    drafted = settling.draft(version)
    propose(currency="EUR")

    assert settling.approve(drafted).status == "approved"


def test_approval_covers_the_details(version):
    """A draft made before new details took effect is void: draft it again."""
    drafted = settling.draft(version)
    decide(propose())

    with pytest.raises(settlements.SettlementChangedError):
        settling.approve(drafted, LATER + WEEK)

    approved = settling.approve(settling.draft(version, LATER + WEEK), LATER + WEEK)
    assert approved.parts.get().bank_account.account_number == NUMBER


def test_approved_part_keeps_its_account(version):
    """What is on its way goes to what was approved; a person confirms or fails it."""
    decide(propose(LATER - WEEK), LATER - WEEK)
    part = settling.approve(settling.draft(version)).parts.get()

    decide(propose(number="999"))

    part.refresh_from_db()
    assert part.bank_account.account_number == NUMBER
    assert settling.fail(part) is True


def test_wrong_number_is_not_proposed(version):
    """A number with wrong check digits never becomes a row."""
    with pytest.raises(bank_accounts.BankDetailsError):
        bank_accounts.propose_details(
            beneficiary_id=Beneficiary.objects.get().pk,
            details=bank.BankDetails("F", "EUR", iban="GB33BUKB20201555555556"),
            proposed_by_id=settling.make_people()[0].pk,
            at=LATER,
        )

    assert not BankAccount.objects.exists()


@pytest.mark.parametrize("model", [BankAccount, BankAccountDecision])
def test_history_is_never_changed(version, model):
    """The database itself refuses to change or delete what was proposed or decided."""
    decide(propose())
    row = model.objects.get()

    with pytest.raises(IntegrityError, match="never updated"), transaction.atomic():
        row.save()
    statement = f"DELETE FROM {model._meta.db_table}"  # noqa: S608
    with (
        pytest.raises(IntegrityError, match="never updated"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_changed_details_void_the_approval(version):
    """With the triggers gone, a changed number still voids what was drafted."""
    decide(propose(LATER - WEEK), LATER - WEEK)
    drafted = settling.draft(version)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        BankAccount.objects.update(account_number="666")
        cursor.execute("SET session_replication_role = DEFAULT")

    with pytest.raises(settlements.SettlementChangedError):
        settling.approve(drafted)
