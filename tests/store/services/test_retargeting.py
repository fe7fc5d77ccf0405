"""Donations follow the money of the whole store: the worked examples, row by row."""

import itertools

import pytest
from django.db.models import Sum

from donations.models import Donation, Entry
from donations.services import audit, donations
from store.gateways import records
from store.models import Line, Order, Payment, Refund
from store.services import disputes, orders, refunds, retargeting
from tests.store import paying
from tests.store.services import money
from tests.store_factories import make_collection, make_item, make_piece, make_pledge

pytestmark = pytest.mark.django_db


def sell(at, *prices, paid, **terms):
    """Return an order of pieces at these prices, paid with so much, all set aside."""
    collection = make_collection(pledge=make_pledge(**terms))
    items = [make_item(collection=collection, price_amount=price) for price in prices]
    order = paying.make_paid_order(*[make_piece(item=item) for item in items], at=at)
    order.payments.update(amount=paid)
    donations.set_aside_due(limit=9, at=at)
    return order


def request(order, at, **wish):
    """Owe a refund of the order's payment."""
    return refunds.request_refund(
        payment_id=order.payments.get().pk,
        wish=refunds.Wish(**wish),
        origin=Refund.Origin.STAFF,
        reason="Asked",
        at=at,
    )


def refund(order, at, **wish):
    """Refund some of the order's payment; Stripe says yes at once."""
    return money.answer(request(order, at, **wish), "succeeded", at)


def dispute(order, at, status, *, withdrawn, amount=270_000):
    """Let Stripe say this of a dispute of the order's payment."""
    result = records.DisputeResult(
        id="du_1",
        status=status,
        amount=amount,
        withdrawn_amount=withdrawn,
        currency="USD",
        charge_id="ch_unknown",
        intent_id=order.payments.get().intent_id,
        reason="fraudulent",
        created_at=at,
        evidence_due_at=None,
    )
    assert disputes.apply_dispute(result=result, at=at)


def target():
    """Return what all donations together should be by now."""
    return Donation.objects.aggregate(total=Sum("target_amount"))["total"]


def posted(kind):
    """Return what the ledger has posted of one kind, entry by entry."""
    found = Entry.objects.filter(kind=kind).order_by("pk")
    return list(found.values_list("amount", flat=True))


@pytest.mark.checklist("V6")
def test_fixed_share_falls_by_a_returned_piece(at):
    """V6: of three fixed shares one is reversed when its piece comes back."""
    order = sell(at, *[90_000] * 3, paid=270_000, share_fixed_amount=2_500)
    before = target()
    line = order.lines.first()

    refund(order, at, line_ids=(line.pk,))

    assert (before, posted("reverse"), target()) == (7_500, [2_500], 5_000)


@pytest.mark.checklist("V12")
@pytest.mark.parametrize("steps", [(12_000, 9_306), (17_274, 9_306)], ids=str)
def test_return_and_amount_end_the_same(at, steps):
    """V12: a returned piece and an amount leave the same, whichever comes first."""
    order = sell(at, 120_000, 80_000, paid=220_000)
    returned = order.lines.last()
    Line.objects.filter(pk=returned.pk).update(
        tax_amount=6_400, added_tax_amount=6_400, total_amount=86_400
    )
    wishes = [{"line_ids": (returned.pk,)}, {"amount": 30_000}]
    seen = [target()]

    for wish in wishes if steps[0] == 12_000 else wishes[::-1]:
        refund(order, at, **wish)
        seen.append(target())

    assert tuple(seen) == (20_000, *steps)


@pytest.mark.checklist("V13", "R4")
def test_amounts_add_up_to_nothing_left(at):
    """V13: three amounts that make the whole reverse to the last unit."""
    order = sell(at, 249_900, paid=270_000)
    seen = []

    for amount in (50_000, 100_000, 120_000):
        refund(order, at, amount=amount)
        seen.append(target())

    assert seen == [20_363, 11_107, 0]
    assert posted("reverse") == [4_627, 9_256, 11_107]
    assert Order.objects.get().status == "refunded"


@pytest.mark.checklist("V13b", "R3")
def test_failed_refund_restores_the_donation(at):
    """V13b: what a refund took comes back when it fails; the ledger shows both."""
    order = sell(at, 249_900, paid=270_000)
    made = refund(order, at, amount=50_000)

    money.answer(made, "failed", at)

    assert (posted("reverse"), target()) == ([4_627], 24_990)
    assert sum(posted("set_aside") + posted("refill")) == 24_990 + 4_627
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
    order = sell(at, 249_900, paid=270_000)
    dispute(order, at, "needs_response", withdrawn=270_000)
    opened = (
        posted("hold"),
        Donation.objects.get().is_held,
        Order.objects.get().status,
    )

    dispute(order, at, status, withdrawn=withdrawn)

    assert opened == ([24_990], True, "disputed")
    assert (target(), Donation.objects.get().is_held) == (left, False)
    assert Order.objects.get().status == order_status
    assert list(audit.audit_ledger()) == []


@pytest.mark.checklist("V20")
def test_repeated_events_post_once(at):
    """V20: the same answers three times post what one does."""
    order = sell(at, 249_900, paid=270_000)

    made = refund(order, at, amount=50_000)
    for _ in range(2):
        money.answer(made, "succeeded", at)
    for _ in range(3):
        dispute(order, at, "needs_response", withdrawn=1_000, amount=1_000)

    assert (posted("reverse"), posted("hold")) == ([4_627], [20_363])


@pytest.mark.checklist("R5")
@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review"])
def test_inquiry_holds_nothing(at, status):
    """An inquiry moves no money and holds no donation."""
    order = sell(at, 249_900, paid=270_000)

    dispute(order, at, status, withdrawn=0)

    assert not Donation.objects.get().is_held
    assert Order.objects.get().status == "paid"


def test_inquiry_that_took_money_holds(at):
    """Whatever it is called: money that moved holds the donation."""
    order = sell(at, 249_900, paid=270_000)

    dispute(order, at, "warning_needs_response", withdrawn=1)

    assert Donation.objects.get().is_held


@pytest.mark.checklist("R2")
def test_refund_that_is_only_owed_changes_no_donation(at):
    """A donation falls when Stripe has accepted a refund, not when it is owed."""
    order = sell(at, 249_900, paid=270_000)
    owed = request(order, at, amount=50_000)
    before = target()

    money.answer(owed, "pending", at)

    assert (before, target()) == (24_990, 20_363)


@pytest.mark.checklist("W9")
def test_any_order_of_events_ends_the_same(at):
    """Refund, failure, return and dispute end the same, whatever came first."""
    order = sell(at, 120_000, 80_000, paid=220_000)
    line = order.lines.last()
    amount, returned, failed = (
        request(order, at, **wish)
        for wish in ({"amount": 30_000}, {"line_ids": (line.pk,)}, {"amount": 7})
    )
    events = [
        lambda: money.answer(amount, "succeeded", at),
        lambda: money.answer(returned, "pending", at),
        lambda: money.answer(failed, "failed", at),
        lambda: dispute(order, at, "lost", withdrawn=9_000, amount=9_000),
    ]
    ends = set()
    for turn in itertools.permutations(events):
        _forget(order)
        for event in turn:
            event()
            event()
        ends.add((target(), Order.objects.get().status, _refunded()))

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


def test_more_gone_than_came_is_noted_and_not_posted(at):
    """A dispute for what was refunded already is noted; no donation is guessed."""
    order = sell(at, 249_900, paid=270_000)
    refund(order, at, amount=50_000)

    dispute(order, at, "lost", withdrawn=270_000)

    order.refresh_from_db()
    assert (target(), order.status) == (20_363, "lost")
    assert order.review_reason.startswith("More is gone of payment")


def test_order_with_money_left_over_two_ways_is_lost(at):
    """What was refunded and what a bank kept make the whole: the order is lost."""
    order = sell(at, 249_900, paid=270_000)
    refund(order, at, amount=20_000)

    dispute(order, at, "lost", withdrawn=250_000)

    assert (target(), Order.objects.get().status) == (0, "lost")


def test_bank_gives_back_what_it_took(at):
    """A lost dispute that is turned around brings order and donation back."""
    order = sell(at, 249_900, paid=270_000)
    dispute(order, at, "lost", withdrawn=270_000)

    dispute(order, at, "won", withdrawn=0)

    assert (target(), Order.objects.get().status) == (24_990, "paid")


def test_order_that_gives_nothing_has_nothing_to_change(at):
    """Lines without a pledge are refunded, and no donation is asked for."""
    order = sell(at, 249_900, paid=270_000)
    order.lines.update(pledge_version=None)

    refund(order, at, amount=50_000)

    assert target() == 24_990


def test_order_without_money_stays_as_it_is(placed):
    """An order that nobody has paid has no money to follow."""
    order = orders.lock_order(pk=placed.order.pk)

    retargeting.follow_status(order=order)

    assert placed.now() == "pending"


def test_second_payment_counts_for_nothing(at):
    """Only the payment that sold the order moves its donations."""
    order = sell(at, 249_900, paid=270_000)
    second = Payment.objects.get()
    attempt = order.attempts.create(
        number=2,
        idempotency_key="second",
        amount=1,
        currency="USD",
        expires_at=at,
        created_at=at,
    )
    second.pk, second.attempt, second.is_counted = None, attempt, False
    second.intent_id, second.amount = "pi_second", 5_000
    second.save()

    owed = refunds.owe_refund(payment=second, reason="Twice", at=at)
    money.answer(owed, "succeeded", at)

    assert (target(), Order.objects.get().status) == (24_990, "paid")


def test_disputed_money_that_sold_nothing_stays_in_review(at):
    """A dispute of a payment that sold nothing is lost or reviewed, never paid."""
    order = sell(at, 249_900, paid=270_000)
    order.payments.update(is_counted=False)
    Order.objects.update(status="review")
    dispute(order, at, "needs_response", withdrawn=270_000)
    opened = Order.objects.get().status

    dispute(order, at, "lost", withdrawn=270_000)

    assert (opened, Order.objects.get().status) == ("review", "lost")
    assert target() == 24_990


def test_pieces_of_an_unsold_order_go_on_sale_again(at):
    """Once its money goes back, an order in review lets its pieces go."""
    order = sell(at, 249_900, paid=270_000)
    order.payments.update(is_counted=False)
    order.holds.update(status="active")
    piece = order.lines.get().piece
    type(piece).objects.update(status="held")
    Order.objects.update(status="review")

    request(order, at)

    piece.refresh_from_db()
    assert (piece.status, Order.objects.get().status) == ("on_sale", "refunding")
