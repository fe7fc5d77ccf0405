"""A worker killed at any statement: nothing is lost, nothing is doubled."""

import os
import signal

import pytest
from django.db import connection, connections, transaction

from donations.models import Donation, Entry
from donations.services import audit, donations
from tests import donations_factories as factories

AT = factories.AT
pytestmark = [
    pytest.mark.django_db(transaction=True),
    # The children only use the database and end by _exit or by the kill.
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def die():
    """End this process as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


class Killer:
    """Kills the process before or after the n-th statement that it sees."""

    def __init__(self, number, is_before):
        self.left = number
        self.is_before = is_before

    def __call__(self, execute, sql, params, many, context):
        """Run one statement, or die beside it."""
        self.left -= 1
        if self.left == 0 and self.is_before:
            die()
        result = execute(sql, params, many, context)
        if self.left == 0:
            die()
        return result


def run_in_child(act):
    """Run `act` in a child process; tell whether it lived to the end."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        code = 2
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


def check_and_sweep(was_posted):
    """Nothing is half done; the sweep finishes; then all is as it should be."""
    assert Entry.objects.count() == (1 if was_posted else 0)
    assert Donation.objects.filter(status="set_aside").exists() == was_posted

    donations.set_aside_due(limit=9, at=AT)

    assert Entry.objects.get().amount == 24990
    assert Donation.objects.get().status == "set_aside"
    assert list(audit.audit_ledger()) == []


ACTS = {
    "worker": lambda pk: donations.set_aside_donation(donation_id=pk, at=AT),
    "sweep": lambda pk: donations.set_aside_due(limit=9, at=AT),
}


@pytest.mark.checklist("W16")
@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_killed_at_any_statement_loses_nothing(act, is_before):
    """Killed before or after each statement in turn, until it lives to the end."""
    version = factories.make_committed_donation().pledge_version
    for number in range(1, 30):
        donation = _start_anew(version)

        def act_and_die(pk=donation.pk, number=number):
            with connection.execute_wrapper(Killer(number, is_before)):
                act(pk)

        lived = run_in_child(act_and_die)
        check_and_sweep(was_posted=lived)
        if lived:
            break

    assert lived
    assert number > 6


def test_killed_after_commit_loses_nothing():
    """Killed when all is committed, before any signal is sent, it is done."""
    donation = factories.make_committed_donation()

    def act_and_die():
        with transaction.atomic():
            donations.set_aside_donation(donation_id=donation.pk, at=AT)
            transaction.on_commit(die)

    assert not run_in_child(act_and_die)
    check_and_sweep(was_posted=True)


def _start_anew(version):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE donations_donation, donations_entry CASCADE")
    return factories.make_committed_donation(version=version)
