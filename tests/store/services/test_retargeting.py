"""Donations follow the money of the whole store: the worked examples, row by row."""

import itertools

import pytest

from donations.models import Donation
from donations.services import audit
from store.models import Line, Order, Payment, Refund
from tests.store.services import examples, money

pytestmark = pytest.mark.django_db


@pytest.mark.checklist("V6")
def test_fixed_share_falls_by_a_returned_piece(at):
    """V6: of three fixed shares one is reversed when its piece comes back."""
    order = examples.sell(at, *[90_000] * 3, paid=270_000, share_fixed_amount=2_500)
    before = examples.target()
    line = order.lines.first()

    examples.refund(order, at, line_ids=(line.pk,))

    assert (before, examples.posted("reverse"), examples.target()) == (
        7_500,
        [2_500],
        5_000,
    )


@pytest.mark.checklist("V12")
@pytest.mark.parametrize("steps", [(12_000, 9_306), (17_274, 9_306)], ids=str)
def test_return_and_amount_end_the_same(at, steps):
    """V12: a returned piece and an amount leave the same, whichever comes first."""
    order = examples.sell(at, 120_000, 80_000, paid=220_000)
    returned = order.lines.last()
    Line.objects.filter(pk=returned.pk).update(
        tax_amount=6_400, added_tax_amount=6_400, total_amount=86_400
    )
    wishes = [{"line_ids": (returned.pk,)}, {"amount": 30_000}]
    seen = [examples.target()]

    for wish in wishes if steps[0] == 12_000 else wishes[::-1]:
        examples.refund(order, at, **wish)
        seen.append(examples.target())

    assert tuple(seen) == (20_000, *steps)


@pytest.mark.checklist("V13", "R4")
def test_amounts_add_up_to_nothing_left(at):
    """V13: three amounts that make the whole reverse to the last unit."""
    order = examples.sell(at, 249_900, paid=270_000)
    seen = []

    for amount in (50_000, 100_000, 120_000):
        examples.refund(order, at, amount=amount)
        seen.append(examples.target())

    assert seen == [20_363, 11_107, 0]
    assert examples.posted("reverse") == [4_627, 9_256, 11_107]
    assert Order.objects.get().status == "refunded"


@pytest.mark.checklist("V13b", "R3")
def test_failed_refund_restores_the_donation(at):
    """V13b: what a refund took comes back when it fails; the ledger shows both."""
    order = examples.sell(at, 249_900, paid=270_000)
    made = examples.refund(order, at, amount=50_000)

    money.answer(made, "failed", at)

    assert (examples.posted("reverse"), examples.target()) == ([4_627], 24_990)
    assert (
        sum(examples.posted("set_aside") + examples.posted("refill")) == 24_990 + 4_627
    )
    assert list(audit.audit_ledger()) == []


@pytest.mark.checklist("V14", "R5")
@pytest.mark.parametrize(
    ("status", "withdrawn", "left", "order_status"),
    [
        ("won", 0, 24_990, "paid"),
        ("lost", 270_000, 0, "lost"),
        ("lost", 50_000, 20_363, "paid"),
        ("won", 50_000, 20_363, "paid"),
        ("lost", 0, 24_990, "paid"),
        ("prevented", 0, 24_990, "paid"),
    ],
)
def test_dispute_holds_and_ends(at, status, withdrawn, left, order_status):
    """V14: an open dispute holds all; its end counts the money kept, not its name."""
    order = examples.sell(at, 249_900, paid=270_000)
    examples.dispute(order, at, "needs_response", withdrawn=270_000)
    opened = (
        examples.posted("hold"),
        Donation.objects.get().is_held,
        Order.objects.get().status,
    )

    examples.dispute(order, at, status, withdrawn=withdrawn)

    assert opened == ([24_990], True, "disputed")
    assert (examples.target(), Donation.objects.get().is_held) == (left, False)
    assert Order.objects.get().status == order_status
    assert list(audit.audit_ledger()) == []


@pytest.mark.checklist("V20")
def test_repeated_events_post_once(at):
    """V20: the same answers three times post what one does."""
    order = examples.sell(at, 249_900, paid=270_000)

    made = examples.refund(order, at, amount=50_000)
    for _ in range(2):
        money.answer(made, "succeeded", at)
    for _ in range(3):
        examples.dispute(order, at, "needs_response", withdrawn=1_000, amount=1_000)

    assert (examples.posted("reverse"), examples.posted("hold")) == ([4_627], [20_363])


@pytest.mark.checklist("R5")
@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review"])
def test_inquiry_holds_nothing(at, status):
    """An inquiry moves no money and holds no donation."""
    order = examples.sell(at, 249_900, paid=270_000)

    examples.dispute(order, at, status, withdrawn=0)

    assert not Donation.objects.get().is_held
    assert Order.objects.get().status == "paid"


def test_inquiry_that_took_money_holds(at):
    """Whatever it is called: money that moved holds the donation."""
    order = examples.sell(at, 249_900, paid=270_000)

    examples.dispute(order, at, "warning_needs_response", withdrawn=1)

    assert Donation.objects.get().is_held


@pytest.mark.checklist("R2")
def test_refund_that_is_only_owed_changes_no_donation(at):
    """A donation falls when Stripe has accepted a refund, not when it is owed."""
    order = examples.sell(at, 249_900, paid=270_000)
    owed = examples.request(order, at, amount=50_000)
    before = examples.target()

    money.answer(owed, "pending", at)

    assert (before, examples.target()) == (24_990, 20_363)


@pytest.mark.checklist("W9")
def test_any_order_of_events_ends_the_same(at):
    """Refund, failure, return and dispute end the same, whatever came first."""
    order = examples.sell(at, 120_000, 80_000, paid=220_000)
    line = order.lines.last()
    amount, returned, failed = (
        examples.request(order, at, **wish)
        for wish in ({"amount": 30_000}, {"line_ids": (line.pk,)}, {"amount": 7})
    )
    events = [
        lambda: money.answer(amount, "succeeded", at),
        lambda: money.answer(returned, "pending", at),
        lambda: money.answer(failed, "failed", at),
        lambda: examples.dispute(order, at, "lost", withdrawn=9_000, amount=9_000),
    ]
    ends = set()
    for turn in itertools.permutations(events):
        _forget(order)
        for event in turn:
            event()
            event()
        ends.add((examples.target(), Order.objects.get().status, _refunded()))

    bases = 120_000 - 39_000 * 120_000 // (220_000 - 80_000)
    assert ends == {(-(-bases // 10), "paid", 110_000)}


def _forget(order):
    """Put refunds and disputes back to where nobody has heard of them."""
    Refund.objects.update(status="due", gateway_id=None)
    order.payments.get().disputes.all().delete()
    Payment.objects.update(refunded_amount=110_007)
    Order.objects.update(status="paid")


def _refunded():
    return Payment.objects.get().refunded_amount
