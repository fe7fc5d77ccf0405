"""The mail that asks a beneficiary goes out once, however often it is tried."""

from datetime import timedelta

import pytest
from django.core import mail

from donations.models import Acknowledgement, Beneficiary
from donations.services import acknowledgement_mails
from tests import donations_factories as factories
from tests.donations import settling

LATER = settling.LATER
pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    """What is owed to a beneficiary that has an address, for a part of 249.90."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    Beneficiary.objects.update(contact_email="giving@feeding.example")
    settling.settle(version)
    return Acknowledgement.objects.get()


def send(row, **after):
    """Send it, some time after the payment; return whether that sent it."""
    sent = acknowledgement_mails.send_question(
        acknowledgement_id=row.pk, at=LATER + timedelta(**after)
    )
    row.refresh_from_db()
    return sent


class Refusing:
    """A mail server's refusal, on order."""

    def __init__(self, monkeypatch, error):
        def refuse(self, messages):
            raise error

        backend = "django.core.mail.backends.locmem.EmailBackend.send_messages"
        monkeypatch.setattr(backend, refuse)


def test_mail_says_what_was_paid(row):
    """It names amount, reference and the link, and carries the advice."""
    assert send(row) is True

    (sent,) = mail.outbox
    assert sent.to == ["giving@feeding.example"]
    assert sent.subject == "$249.90 for Diamonds That Care: did it arrive?"
    link = f"https://shop.example/impact/acknowledge/{settling.make_token(row.part)}/"
    html = sent.alternatives[0][0]
    assert link in sent.body
    assert link in html
    assert "BANK-1" in sent.body
    name, advice, kind = sent.attachments[0]
    assert (name, kind) == ("remittance-advice.csv", "text/csv")
    assert advice.count("249.90,USD") == 1


def test_mail_is_sent_once(row):
    """A nudge that comes twice sends nothing more."""
    send(row)

    assert send(row, days=1) is False
    assert len(mail.outbox) == 1
    assert row.sent_at == LATER


def test_refused_mail_is_tried_again(row, monkeypatch):
    """What a server refuses is kept without the address, and waits twice as long."""
    with monkeypatch.context() as patch:
        Refusing(patch, OSError("550 giving@feeding.example is unknown"))
        assert send(row) is False
        assert row.problem == "OSError: 550 ... is unknown"
        assert send(row, seconds=59) is False
        assert send(row, seconds=60) is False
        assert row.next_try_at == LATER + timedelta(seconds=180)

    assert send(row, seconds=180) is True
    assert row.problem == ""


def test_missing_address_is_waited_for(row):
    """Without an address the row says so; once there is one, the mail goes out."""
    Beneficiary.objects.update(contact_email="")
    assert send(row) is False
    assert row.problem.startswith("AddressMissingError")

    Beneficiary.objects.update(contact_email="giving@feeding.example")

    assert send(row, minutes=1) is True


def test_dead_worker_is_followed(row, monkeypatch):
    """A worker that died over a mail is followed after ten minutes."""
    with monkeypatch.context() as patch:
        Refusing(patch, RuntimeError("killed"))
        with pytest.raises(RuntimeError):
            send(row)

    assert send(row, minutes=9) is False
    assert send(row, minutes=10) is True


def test_long_advice_is_only_linked(row, monkeypatch):
    """An advice of thousands of lines would be refused by mail servers."""
    monkeypatch.setattr(acknowledgement_mails, "_MOST_ATTACHED", 0)

    send(row)

    assert mail.outbox[0].attachments == []
    assert "is on that page" in mail.outbox[0].body


def test_sweep_finds_what_is_owed(row):
    """Owed mails are found when their turn has come, answered ones never."""
    before = LATER - timedelta(seconds=1)
    assert acknowledgement_mails.find_ready(at=before, limit=9) == []
    assert acknowledgement_mails.find_ready(at=LATER, limit=9) == [row.pk]
    assert acknowledgement_mails.find_ready(at=LATER, limit=0) == []

    settling.acknowledge(row.part)

    assert acknowledgement_mails.find_ready(at=LATER, limit=9) == []
    assert send(row) is False
