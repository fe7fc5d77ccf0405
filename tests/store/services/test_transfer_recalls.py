"""What was sent on comes back when its sale is refunded or lost."""

from datetime import timedelta
from threading import Thread
from time import sleep

import pytest
from django.db import connection

from demo.stripe_simulator.faults import ApiFault
from donations.models import Entry
from donations.services import audit
from store.gateways import base as gateways
from store.models import Transfer, TransferRecall
from store.services import transfer_recalls
from tests.store.services import paying_on

SHARE = 24_990
HOUR = timedelta(hours=1)


@pytest.fixture
def later(at):
    """A moment at which no return window is open any more."""
    return at + paying_on.WINDOW


@pytest.fixture
def sale(settings, simulator, db, at, later):
    """A sale whose share lies in the beneficiary's own account."""
    settings.DONATIONS = {**settings.DONATIONS, "RAILS": paying_on.RAILS}
    simulator.connect_account(paying_on.ACCOUNT)
    sale = paying_on.sell(simulator, at)
    paying_on.settle(later)
    return sale


def take_back(at):
    """Let a worker make the recall that is due."""
    (pk,) = transfer_recalls.find_due(older_than=at, limit=9)
    transfer_recalls.make_recall(recall_id=pk, at=at)


def let_fail(sale, refund, at):
    """Let a refund fail that Stripe had called made, and hear of it."""
    sale.simulator.finish_refund(refund.gateway_id, "failed")
    sale.sync(at)


def lose_answer(simulator, when):
    """Let the next recall fail before or after Stripe's work."""
    call = "POST /v1/transfers/*/reversals"
    simulator.faults.add(ApiFault(call, 503, when=when, should_retry=False))


@pytest.mark.checklist("T3")
def test_refund_takes_the_transfer_back(sale, simulator, later):
    """T3: the refund leaves the transfer alone; our recall brings all of it back."""
    sale.refund(later)
    assert simulator.objects("transfer")[0]["amount_reversed"] == 0

    take_back(later)

    (row,) = TransferRecall.objects.all()
    assert simulator.calls[-1].idempotency_key == row.idempotency_key
    assert simulator.objects("transfer")[0]["amount_reversed"] == SHARE
    assert paying_on.balance("payable") == 0
    assert Entry.objects.filter(kind="correction").get().amount == SHARE
    assert list(audit.audit_ledger()) == []


@pytest.mark.checklist("T3")
def test_part_of_a_sale_takes_back_its_part(sale, later):
    """T3: what the donation gives after an amount went back stays where it is."""
    sale.refund(later, amount=50_000)

    take_back(later)

    kept = sale.targets[0]
    assert paying_on.recalls() == [(SHARE - kept, "made")]
    assert Transfer.objects.get(source__startswith="line").reversed_amount == (
        SHARE - kept
    )


def test_second_refund_takes_back_the_rest(sale, later):
    """While one recall is on its way no second one is; then the rest follows."""
    sale.refund(later, amount=50_000)
    sale.refund(later)
    assert [state for _, state in paying_on.recalls()] == ["due"]

    take_back(later)
    take_back(later)

    amounts = [amount for amount, _ in paying_on.recalls()]
    assert (len(amounts), sum(amounts)) == (2, SHARE)
    assert paying_on.balance("payable") == 0


@pytest.mark.checklist("T3")
def test_empty_account_leaves_the_debt(sale, simulator, later):
    """T3: without balance there the ledger says what is owed, and it is tried again."""
    simulator.spend_connected_balance(paying_on.ACCOUNT, "usd")
    sale.refund(later)

    with pytest.raises(gateways.DeclinedError):
        take_back(later)

    row = TransferRecall.objects.get()
    assert (row.problem, row.made_at) == ("balance_insufficient", None)
    assert paying_on.balance("payable") == -SHARE
    assert transfer_recalls.find_due(older_than=later, limit=9) == []
    assert transfer_recalls.find_due(older_than=later + HOUR, limit=9) == [row.pk]


def test_refused_recall_is_asked_for_under_another_key(sale, simulator, later):
    """Once there is balance again the money comes; the refused key is not used."""
    simulator.faults.add(
        ApiFault(
            "POST /v1/transfers/*/reversals",
            400,
            type="invalid_request_error",
            code="balance_insufficient",
        )
    )
    sale.refund(later)
    with pytest.raises(gateways.DeclinedError):
        take_back(later)
    refused = simulator.calls[-1].idempotency_key

    take_back(later + HOUR)

    assert simulator.calls[-1].idempotency_key == f"{refused}-1"
    assert paying_on.recalls() == [(SHARE, "made")]


@pytest.mark.checklist("I6", "T3")
def test_lost_answer_takes_back_once(sale, simulator, later):
    """A recall whose answer was lost is found at Stripe, and posted once."""
    sale.refund(later)
    lose_answer(simulator, "after")
    with pytest.raises(gateways.UnavailableError):
        take_back(later)

    simulator.clock.set_to(later + timedelta(days=2))
    take_back(later + timedelta(days=2))

    assert len(simulator.objects("transfer_reversal")) == 1
    assert (paying_on.recalls(), paying_on.balance("payable")) == (
        [(SHARE, "made")],
        0,
    )


def test_second_worker_posts_nothing(transactional_db, sale, simulator, later):
    """Who hears from Stripe when another one has posted it leaves everything alone."""
    sale.refund(later)
    slow = ApiFault("POST /v1/transfers/*/reversals", 0, delay_seconds=3)
    simulator.faults.add(slow)
    row = TransferRecall.objects.get()
    second = Thread(target=_make_in_thread, args=(row.pk, later))
    second.start()
    while not TransferRecall.objects.filter(tries=1).exists():
        sleep(0.01)

    TransferRecall.objects.update(made_at=later, gateway_id="trr_of_the_first")
    second.join()

    assert TransferRecall.objects.get().gateway_id == "trr_of_the_first"
    assert Transfer.objects.get(payment=sale.payment).reversed_amount == 0
    assert not Entry.objects.filter(kind="correction").exists()


def _make_in_thread(recall_id, at):
    try:
        transfer_recalls.make_recall(recall_id=recall_id, at=at)
    finally:
        connection.close()


def test_doubled_nudge_takes_back_once(sale, simulator, later):
    """A recall that was made asks Stripe for nothing."""
    sale.refund(later)
    take_back(later)
    calls = len(simulator.calls)

    transfer_recalls.make_recall(recall_id=TransferRecall.objects.get().pk, at=later)

    assert len(simulator.calls) == calls


def test_refund_that_fails_takes_nothing_back(sale, simulator, later):
    """The sale stands again before a worker came: the recall is dropped."""
    let_fail(sale, sale.refund(later), later)

    take_back(later)

    assert paying_on.recalls() == [(SHARE, "dropped")]
    assert simulator.objects("transfer_reversal") == []


def test_too_large_recall_is_replaced(sale, later):
    """Where less is owed by now, another row with another key takes its place."""
    let_fail(sale, sale.refund(later), later)
    sale.refund(later, amount=50_000)

    take_back(later)
    take_back(later)

    less = SHARE - sale.targets[0]
    assert paying_on.recalls() == [(SHARE, "dropped"), (less, "made")]


@pytest.mark.checklist("T3")
def test_netted_debt_is_not_taken_back(sale, simulator, at, later):
    """What the next settlement has netted is paid: nothing comes back twice."""
    sale.refund(later)
    item = sale.lines[0].piece.item
    paying_on.sell(simulator, at, item=item, count=2)
    part = paying_on.settle(later)
    assert part.amount == SHARE

    take_back(later)

    assert paying_on.recalls() == [(SHARE, "dropped")]
    assert paying_on.balance("payable") == 0


def test_sale_that_falls_on_the_way_is_taken_back(settings, simulator, db, at, later):
    """A refund between plan and transfer is found when the transfer is made."""
    settings.DONATIONS = {**settings.DONATIONS, "RAILS": paying_on.RAILS}
    simulator.connect_account(paying_on.ACCOUNT)
    sale = paying_on.sell(simulator, at, count=2)
    simulator.faults.add(ApiFault("POST /v1/transfers", 503, should_retry=False))
    part = paying_on.settle(later)
    sale.refund(later, line_ids=(sale.lines[0].pk,))
    assert paying_on.recalls() == []

    paying_on.send(part, later + HOUR)

    assert paying_on.recalls() == [(SHARE, "due")]
