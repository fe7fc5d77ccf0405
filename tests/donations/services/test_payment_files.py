"""The file for the bank holds what is approved, to accounts that two people know."""

import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest

from donations.domain import bank, sepa
from donations.models import Beneficiary
from donations.services import bank_accounts, payment_files
from tests import donations_factories as factories
from tests.donations import settling

LATER = settling.LATER
IBAN = "FR1420041010050500013M02606"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _account(settings):
    """Our own account in euros."""
    settings.DONATIONS = {**settings.DONATIONS, "SEPA_IBAN": "DE89370400440532013000"}


def make_draft(currency="EUR"):
    """Draft a settlement of one donation of 249.90."""
    version = factories.make_pledge_version(currency=currency)
    factories.make_donation(version=version, is_set_aside=True)
    return settling.draft(version)


def propose(at):
    """Let the first person propose an IBAN of the beneficiary."""
    ann, _ = settling.make_people()
    return bank_accounts.propose_details(
        beneficiary_id=Beneficiary.objects.earliest("pk").pk,
        details=bank.BankDetails("Feeding America", "EUR", iban=IBAN),
        proposed_by_id=ann.pk,
        at=at,
    )


def put_on_record():
    """Bring the IBAN into force."""
    _, bob = settling.make_people()
    at = LATER - timedelta(days=8)
    bank_accounts.decide_details(
        account_id=propose(at), decided_by_id=bob.pk, is_confirmed=True, at=at
    )


def write(settlement):
    """Return the file's texts by element name; the last one of a name."""
    found = payment_files.write_payment_file(settlement_id=settlement.pk, at=LATER)
    root = ET.fromstring(found)  # noqa: S314
    return {
        one.tag.removeprefix(f"{{{sepa.NAMESPACE}}}"): one.text for one in root.iter()
    }


def test_file_pays_what_was_approved():
    """The part's amount, to the account that the approval covers."""
    factories.make_beneficiary()
    put_on_record()
    settlement = settling.approve(make_draft())

    texts = write(settlement)

    assert (texts["InstdAmt"], texts["IBAN"]) == ("249.90", IBAN)
    assert texts["MsgId"] == settlement.uuid.hex
    assert write(settlement) == texts


@pytest.mark.parametrize(
    ("currency", "is_approved", "words"),
    [
        ("EUR", False, "not approved"),
        ("USD", True, "euros, not USD"),
        ("EUR", True, "no part of it waits"),
    ],
)
def test_missing_file_says_why(currency, is_approved, words):
    """What cannot be paid by SEPA is told in words."""
    settlement = make_draft(currency)
    if is_approved:
        settling.approve(settlement)

    with pytest.raises(payment_files.PaymentFileError, match=words):
        write(settlement)


def test_account_that_pays_must_be_known(settings):
    """Without our own IBAN there is no file."""
    settings.DONATIONS = {**settings.DONATIONS, "SEPA_IBAN": ""}

    with pytest.raises(payment_files.PaymentFileError, match="SEPA_IBAN"):
        write(settling.approve(make_draft()))


def test_wrong_account_of_ours_is_told(settings):
    """An IBAN with wrong check digits pays nothing."""
    factories.make_beneficiary()
    put_on_record()
    settings.DONATIONS = {**settings.DONATIONS, "SEPA_IBAN": "DE00"}

    with pytest.raises(payment_files.PaymentFileError, match="no valid IBAN"):
        write(settling.approve(make_draft()))


def test_proposed_details_stop_the_file():
    """While new details are proposed, the file to the old ones is not handed out."""
    factories.make_beneficiary()
    put_on_record()
    settlement = settling.approve(make_draft())
    propose(LATER)

    with pytest.raises(payment_files.PaymentFileError, match="proposed"):
        write(settlement)


def test_paid_parts_are_in_no_file():
    """What was paid is not handed to the bank again."""
    factories.make_beneficiary()
    put_on_record()
    settlement = settling.approve(make_draft())
    settling.confirm(settlement)
    settlement.refresh_from_db()

    with pytest.raises(payment_files.PaymentFileError):
        write(settlement)
