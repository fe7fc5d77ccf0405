"""Somebody posts into a period at the very moment at which it closes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from donations.models import Closing
from donations.services import audit, closings, donations, periods
from tests import donations_factories as factories
from tests.donations import closing as closing_steps

IN_PERIOD = factories.AT + timedelta(days=1)
# Long enough for a signature that does not wait, which takes some milliseconds.
PATIENCE = 3
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def closing():
    """A period with one donation, closed and not signed."""
    version = factories.make_pledge_version()
    closing_steps.give(version, [249_900])
    return closing_steps.close(version)


def sign_while_posting(closing):
    """Sign while a transaction that posts into the period has not committed."""
    posted, signed = threading.Event(), threading.Event()

    def post():
        try:
            with transaction.atomic():
                donations.retarget_donation(
                    source="line:1", base_amount=1000, at=IN_PERIOD, cause="refund"
                )
                posted.set()
                signed.wait(timeout=PATIENCE)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        poster = pool.submit(post)
        posted.wait(timeout=30)
        try:
            closing_steps.sign(closing)
        finally:
            signed.set()
            poster.result(timeout=30)


def test_signing_waits_for_those_who_post(closing):
    """What was posted until then is seen: the signature is over something else."""
    with pytest.raises(closings.ClosingChangedError):
        sign_while_posting(closing)

    assert not Closing.objects.get().is_signed
    assert list(audit.audit_ledger()) == []


def test_without_the_lock_an_entry_slips_in(closing, monkeypatch):
    """Negative control: without waiting, the signed period has one entry too many."""
    monkeypatch.setattr(periods, "have_alone", lambda **_: None)

    sign_while_posting(closing)

    found = [(finding.row, finding.rule) for finding in audit.audit_ledger()]
    assert found == [(f"closing {closing.pk}", "period")]
