"""Refunds asked for: by amount, by line, never more than is left."""

import pytest
from django.db import transaction
from django.db.models import F

from store.models import Order, Payment, Piece, RefundLine
from store.services import refunds
from tests import orders
from tests.orders import statuses
from tests.store.services import money
from tests.store_factories import make_piece

PRICE = 249_900


@pytest.fixture
def sale(simulator, db, at):
    """A paid order of one piece."""
    return money.buy(simulator, at)


@pytest.fixture
def pair(simulator, db, at):
    """A paid order of two pieces, with shipping in its total."""
    sale = money.buy(simulator, at, count=2)
    Order.objects.update(shipping_amount=2_500, total_amount=F("total_amount") + 2_500)
    Payment.objects.update(amount=F("amount") + 2_500)
    return sale


def owe(sale, at):
    """Owe the whole payment, as when its piece is gone."""
    with transaction.atomic():
        return refunds.owe_refund(payment=sale.payment, reason="Gone", at=at)


@pytest.mark.checklist("R1")
def test_refund_is_a_row_first(sale, simulator, at):
    """A refund is recorded, with its key, before Stripe is asked."""
    refund = sale.request(at, amount=100)

    assert (refund.amount, refund.currency, refund.status) == (100, "USD", "due")
    assert refund.idempotency_key == f"refund-{refund.uuid}"
    assert simulator.objects("refund") == []


@pytest.mark.checklist("R1")
def test_partial_refunds_leave_the_rest(sale, at):
    """An amount, another one, then the rest: together exactly what came."""
    amounts = [sale.request(at, amount=n).amount for n in (100, 200)]

    rest = sale.request(at)

    assert [*amounts, rest.amount] == [100, 200, PRICE - 300]
    assert sale.payment.refundable_amount == 0
    with pytest.raises(refunds.NothingToRefundError):
        sale.request(at)


@pytest.mark.checklist("R1")
def test_more_than_is_left_is_refused(sale, at):
    """One minor unit too much is refused; the message says what is left."""
    sale.request(at, amount=100)

    with pytest.raises(refunds.RefundTooLargeError, match=r"\$2,498.00 is left"):
        sale.request(at, amount=PRICE - 99)

    assert sale.refunds == [(100, "due")]


@pytest.mark.parametrize("amount", [0, -1])
def test_refund_of_nothing_is_refused(sale, at, amount):
    """An amount is positive."""
    with pytest.raises(refunds.NothingToRefundError):
        sale.request(at, amount=amount)


def test_full_refund_starts_at_once(sale, at):
    """An order whose money is all on its way back is refunding, not yet refunded."""
    sale.request(at)

    assert (sale.order.status, sale.mails) == ("refunding", ["confirmation"])


def test_partial_refund_keeps_the_order_paid(sale, at):
    """An order that keeps some of its money stays paid."""
    sale.request(at, amount=100)

    assert sale.order.status == "paid"


def test_pieces_go_back_at_what_was_paid(pair, at):
    """A refund by line takes the stored amount of each line."""
    first, _ = pair.lines

    refund = pair.request(at, line_ids=(first.pk,))

    assert refund.amount == PRICE
    assert list(RefundLine.objects.values_list("line", "amount", "is_restocked")) == [
        (first.pk, PRICE, False)
    ]


def test_shipping_goes_back_once(pair, at):
    """Shipping goes back with pieces when it is asked for, and only once."""
    first, second = pair.lines
    refund = pair.request(at, line_ids=(first.pk,), is_shipping_included=True)

    with pytest.raises(refunds.ShippingAlreadyRefundedError):
        pair.request(at, line_ids=(second.pk,), is_shipping_included=True)

    assert refund.amount == PRICE + 2_500
    assert pair.request(at, line_ids=(second.pk,)).amount == PRICE
    assert pair.order.status == "refunding"


def test_shipping_follows_pieces_without_it(pair, at):
    """Pieces that went back without shipping do not keep it."""
    first, second = pair.lines
    pair.request(at, line_ids=(first.pk,))

    refund = pair.request(at, line_ids=(second.pk,), is_shipping_included=True)

    assert refund.amount == PRICE + 2_500


def test_free_shipping_adds_nothing(sale, at):
    """Asked for where there was none, shipping adds nothing."""
    (line,) = sale.lines

    refund = sale.request(at, line_ids=(line.pk,), is_shipping_included=True)

    assert refund.amount == PRICE


def test_less_may_be_paid_for_pieces(pair, at):
    """An amount together with lines is spread over the pieces, to the last unit."""
    ids = tuple(line.pk for line in pair.lines)

    refund = pair.request(at, line_ids=ids, amount=100_001)

    parts = RefundLine.objects.order_by("line__position")
    assert refund.amount == 100_001
    assert list(parts.values_list("amount", flat=True)) == [50_001, 50_000]


def test_more_than_was_paid_for_pieces_is_refused(pair, at):
    """No more goes back for pieces than was paid for them."""
    (first, _) = pair.lines

    with pytest.raises(refunds.RefundTooLargeError):
        pair.request(at, line_ids=(first.pk,), amount=PRICE + 1)


def test_piece_goes_back_once(pair, at):
    """A piece that was refunded is refused, and named."""
    first, second = pair.lines
    pair.request(at, line_ids=(first.pk,))

    with pytest.raises(
        refunds.LineAlreadyReturnedError, match=first.piece.serial_number
    ):
        pair.request(at, line_ids=(first.pk, second.pk))


def test_pieces_of_other_orders_are_refused(sale, at):
    """A payment pays back for the pieces that it bought."""
    other = orders.place_order(make_piece(item=sale.lines[0].piece.item), at=at)

    with pytest.raises(refunds.LineUnknownError):
        sale.request(at, line_ids=(other.order.lines.get().pk,))


def test_uncounted_payment_has_no_pieces(sale, at):
    """A payment that sold nothing has an amount to send back, and no pieces."""
    Payment.objects.update(is_counted=False)

    with pytest.raises(refunds.LineUnknownError):
        sale.request(at, line_ids=(sale.lines[0].pk,))


def test_restocked_piece_is_on_sale(pair, at):
    """Staff choose for each piece whether it goes on sale again."""
    first, second = pair.lines

    pair.request(at, line_ids=(first.pk, second.pk), restock_ids=(second.pk,))

    assert statuses(Piece) == ["sold", "on_sale"]
    assert sorted(pair.order.holds.values_list("status", flat=True)) == [
        "released",
        "sold",
    ]
    assert RefundLine.objects.get(line=second).is_restocked


@pytest.mark.checklist("R5")
def test_disputed_payment_is_not_refunded(sale, simulator, at):
    """While the bank has the money a refund is refused: it would pay twice."""
    simulator.dispute(sale.payment.charge_id)
    refunds_before = sale.refunds
    money.follow_disputes(simulator, at)

    with pytest.raises(refunds.PaymentDisputedError):
        sale.request(at, amount=100)

    assert sale.refunds == refunds_before == []


def test_inquiry_can_be_answered_with_a_refund(sale, simulator, at):
    """An inquiry has moved no money: a refund is one way to answer it."""
    simulator.warn(sale.payment.charge_id)
    money.follow_disputes(simulator, at)

    assert sale.request(at, amount=100).amount == 100


def test_what_a_bank_kept_is_not_left(sale, simulator, at):
    """After a dispute lost in part the rest can go back, and not more."""
    dispute = simulator.dispute(sale.payment.charge_id, 50_000)
    simulator.close_dispute(dispute["id"], won=False)
    money.follow_disputes(simulator, at)

    assert refunds.count_refundable(payment=sale.payment) == PRICE - 50_000
    assert sale.request(at).amount == PRICE - 50_000


def test_automatic_refund_takes_everything(sale, at):
    """An automatic refund is of the whole payment, and a worker is asked."""
    refund = owe(sale, at)

    assert (refund.amount, refund.origin) == (PRICE, "automatic")
    assert sale.payment.refundable_amount == 0


def test_payment_of_nothing_goes_back_as_nothing(sale, at):
    """A payment of zero has nothing to send back."""
    payment = sale.payment
    payment.amount = 0

    assert refunds.owe_refund(payment=payment, reason="Twice", at=at) is None


def test_worker_is_asked_after_commit(sale, at, django_capture_on_commit_callbacks):
    """The refund is sent by a worker, who hears of it when it is committed."""
    with django_capture_on_commit_callbacks() as asked:
        sale.request(at, amount=100)

    assert len(asked) == 1
