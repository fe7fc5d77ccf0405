"""Shares that are paid to a beneficiary's own account, out of the charges."""

from datetime import timedelta

import pytest

from demo.stripe_simulator.faults import ApiFault
from donations.services import rails, settlements
from donations.services.settlement_rails import RailNotReadyError
from store.models import Payment, Transfer
from store.services.transfers import StripeRail
from tests.store.services import paying_on

TRANSFERS = "POST /v1/transfers"
SHARE = 24_990
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _rail(settings, simulator, db):
    """Stripe Connect as the way to pay, and a beneficiary that takes transfers."""
    settings.DONATIONS = {**settings.DONATIONS, "RAILS": paying_on.RAILS}
    simulator.connect_account(paying_on.ACCOUNT)


@pytest.fixture
def later(at):
    """A moment at which no return window is open any more."""
    return at + paying_on.WINDOW


def refuse(simulator, code, times=1):
    """Let Stripe refuse the next transfers."""
    fault = ApiFault(
        TRANSFERS, 400, type="invalid_request_error", code=code, times=times
    )
    simulator.faults.add(fault)


@pytest.mark.checklist("T1")
def test_open_return_window_keeps_the_share(simulator, at):
    """T1: as long as the piece may come back, nothing can be paid at all."""
    paying_on.sell(simulator, at)

    with pytest.raises(settlements.NothingToSettleError):
        paying_on.approve(at + timedelta(days=1))


@pytest.mark.checklist("T1", "T4")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"transfers": "inactive"}, "may not receive transfers"),
        ({"payouts_enabled": False}, "stopped payouts"),
        ({"country": "JP"}, "sends nothing from US to JP"),
    ],
)
def test_account_that_cannot_be_paid_stops_the_approval(
    simulator, at, later, changes, words
):
    """T1, T4: who approves is told what is wrong with it before money moves."""
    paying_on.sell(simulator, at)
    simulator.connect_account(paying_on.ACCOUNT, **changes)

    with pytest.raises(RailNotReadyError, match=words):
        paying_on.approve(later)


def test_unknown_account_stops_the_approval(simulator, at, later):
    """An account that Stripe does not show us is named, with Stripe's own word."""
    paying_on.sell(simulator, at)
    problem = StripeRail().prepare(account="acct_nobody", currency="USD")

    assert problem.startswith("Stripe does not show the account acct_nobody")


@pytest.mark.checklist("T2")
def test_share_comes_out_of_its_charge(simulator, at, later):
    """T2: one transfer a line, of its charge, in its order's group, by a kept key."""
    sale = paying_on.sell(simulator, at, count=2)

    part = paying_on.settle(later)

    sources = [line.source for line in sale.lines]
    assert paying_on.transfers() == [(source, SHARE) for source in sources]
    made = simulator.objects("transfer")
    assert {one["source_transaction"] for one in made} == {sale.payment.charge_id}
    assert {one["transfer_group"] for one in made} == {str(sale.order.uuid)}
    keys = set(Transfer.objects.values_list("idempotency_key", flat=True))
    assert {call.idempotency_key for call in simulator.calls[-2:]} < keys
    assert part.reference == f"{made[0]['id']} and 1 more"
    assert paying_on.balance("in_transit") == 0


def test_paid_part_is_not_paid_again(simulator, at, later):
    """A doubled nudge, or a second process, asks Stripe for nothing."""
    paying_on.sell(simulator, at)
    part = paying_on.settle(later)
    calls = len(simulator.calls)

    paying_on.send(part, later + HOUR)

    assert len(simulator.calls) == calls


@pytest.mark.checklist("I6", "T2")
@pytest.mark.parametrize("wait", [timedelta(minutes=1), timedelta(days=2)])
def test_lost_answer_leaves_one_transfer(simulator, at, later, wait):
    """A transfer whose answer was lost is made once, also when its key is forgotten."""
    paying_on.sell(simulator, at)
    simulator.clock.set_to(later)
    simulator.faults.add(ApiFault(TRANSFERS, 503, when="after", should_retry=False))
    part = paying_on.settle(later)
    assert part.paid_at is None

    simulator.clock.set_to(later + wait)
    paying_on.send(part, later + wait)

    assert part.paid_at is not None
    assert len(simulator.objects("transfer")) == 1


@pytest.mark.checklist("T4")
def test_refused_transfer_stays_owed(simulator, at, later):
    """T4: what Stripe refuses is still owed in the ledger; the other one is made."""
    paying_on.sell(simulator, at, count=2)
    refuse(simulator, "transfers_not_allowed")

    part = paying_on.settle(later)

    assert part.problem == "Stripe refused a transfer: transfers_not_allowed"
    assert part.paid_at is None
    assert paying_on.balance("in_transit") == 2 * SHARE
    assert len(simulator.objects("transfer")) == 1


def test_refused_transfer_is_asked_for_under_another_key(simulator, at, later):
    """Under its first key Stripe would only repeat the refusal, for a day."""
    paying_on.sell(simulator, at)
    refuse(simulator, "balance_insufficient")
    part = paying_on.settle(later)
    first_key = simulator.calls[-1].idempotency_key

    paying_on.send(part, later + HOUR)

    assert simulator.calls[-1].idempotency_key == f"{first_key}-1"
    assert (part.problem, paying_on.balance("in_transit")) == ("", 0)


def test_refusals_of_the_account_end_the_try(simulator, at, later):
    """Three refusals are the account's: nobody asks for the others just then."""
    paying_on.sell(simulator, at, count=5)
    part = paying_on.approve(later)
    refuse(simulator, "insufficient_capabilities_for_transfer", times=9)
    calls = len(simulator.calls)

    paying_on.send(part, later)

    assert len(simulator.calls) - calls == 3


@pytest.mark.checklist("T2")
def test_charge_gives_no_more_than_it_kept(simulator, at, later):
    """T2: what a charge has not got is sent out of our balance, without a charge."""
    paying_on.sell(simulator, at)
    part = paying_on.approve(later)
    Payment.objects.update(refunded_amount=249_900 - 1_000)
    simulator.clock.set_to(later)

    paying_on.send(part, later)

    assert [amount for _, amount in paying_on.transfers()] == [SHARE - 1_000, 1_000]
    made = simulator.objects("transfer")
    assert {one["amount"]: bool(one["source_transaction"]) for one in made} == {
        1_000: True,
        SHARE - 1_000: False,
    }


def test_lines_that_were_paid_otherwise_come_from_our_balance(simulator, at, later):
    """A line whose charge nobody knows is paid all the same."""
    paying_on.sell(simulator, at)
    part = paying_on.approve(later)
    Payment.objects.update(charge_id="")

    paying_on.send(part, later)

    assert paying_on.transfers() == [("", SHARE)]


def test_plan_is_made_once(simulator, at, later):
    """Who comes second finds the rows of the first, whatever lines say by then."""
    paying_on.sell(simulator, at)
    part = paying_on.approve(later)
    instruction = rails.Instruction(
        key="one",
        settlement_id=part.settlement_id,
        beneficiary_id=part.beneficiary_id,
        account=paying_on.ACCOUNT,
        amount=part.amount,
        currency="USD",
    )
    StripeRail().send(instruction=instruction, at=later)

    StripeRail().send(instruction=instruction, at=later + HOUR)

    assert len(paying_on.transfers()) == len(simulator.objects("transfer")) == 1


@pytest.mark.parametrize("call", ["GET /v1/account", TRANSFERS])
def test_silence_of_stripe_is_told_apart(simulator, at, later, call):
    """Nobody says that an account is bad because Stripe cannot be reached."""
    paying_on.sell(simulator, at)
    part = paying_on.approve(later)
    simulator.faults.add(ApiFault(call, 503, should_retry=False))

    if call == TRANSFERS:
        paying_on.send(part, later)
        assert (part.problem, part.paid_at) == ("", None)
    else:
        with pytest.raises(rails.RailUnavailableError):
            StripeRail().prepare(account=paying_on.ACCOUNT, currency="USD")
