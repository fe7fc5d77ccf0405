"""An order in review is sold as it stands, or it is said why it cannot be."""

import pytest

from donations.models import Donation
from store.gateways import base as gateways
from store.models import Hold, Message, Order, Payment, Piece, Voucher
from store.services import payments, reviews
from tests import extras_factories, orders
from tests.orders import statuses
from tests.store.services import money
from tests.store_factories import make_item, make_piece


@pytest.fixture
def sale(placed, simulator, at):
    """An order for which a dollar less came than was asked for; it is in review."""
    Order.objects.update(total_amount=250_000)
    simulator.pay(placed.session_id, money.CARD)
    payments.confirm_payment(session_id=placed.session_id, at=at)
    return money.Sale(placed, simulator)


def _sell(sale, at):
    return reviews.sell_as_it_stands(order_id=sale.order.pk, at=at)


def _let_go(sale):
    """Bring order and pieces to where a late payment finds them."""
    Hold.objects.update(status="released")
    Piece.objects.update(status="on_sale")


def test_it_is_sold_for_what_came(sale, at):
    """Pieces, address, confirmation and the whole gift follow."""
    sold = _sell(sale, at)

    order = sale.order
    assert (sold.pk, order.status, order.paid_at) == (order.pk, "paid", at)
    assert order.full_name == "Sample Customer"
    assert sale.payment.is_counted
    assert (statuses(Piece), statuses(Hold)) == (["sold"], ["sold"])
    assert sale.mails == [Message.Kind.CONFIRMATION]
    assert sale.targets == [24_990]


def test_a_refund_of_it_takes_the_gift_back(sale, at):
    """All that came is refunded, and nothing is given any more."""
    _sell(sale, at)

    sale.refund(at)

    assert (sale.refunds, sale.targets) == ([(249_900, "succeeded")], [0])


def test_pieces_that_were_let_go_are_taken_again(sale, at):
    """What is still on sale is sold, and the voucher's use counts again."""
    voucher = extras_factories.make_voucher()
    voucher.uses.create(order=sale.order, is_live=False, used_at=at)
    _let_go(sale)

    _sell(sale, at)

    assert statuses(Piece) == ["sold"]
    assert sorted(Hold.objects.values_list("status", flat=True)) == ["released", "sold"]
    assert Voucher.objects.get().uses_count == 1


def test_a_piece_of_the_next_customer_stays_theirs(sale, at):
    """A piece that somebody else holds refuses the sale; nothing changes."""
    _let_go(sale)
    orders.place_order(Piece.objects.get(), at=at)

    with pytest.raises(reviews.PieceGoneError, match="DTC-"):
        _sell(sale, at)

    assert (sale.order.status, statuses(Piece)) == ("review", ["held"])
    assert not Donation.objects.exists()


def test_a_second_press_sells_nothing(sale, at):
    """Only an order in review is sold so."""
    _sell(sale, at)

    with pytest.raises(reviews.NotInReviewError, match="paid"):
        _sell(sale, at)

    assert sale.mails == [Message.Kind.CONFIRMATION]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"currency": "EUR"}, r"\$2,499.00 came, €2,500.00 was asked for"),
        ({"total_amount": 200_000}, r"\$2,499.00 came, \$2,000.00 was asked for"),
    ],
    ids=["currency", "more"],
)
def test_unfit_money_is_refused(sale, at, change, text):
    """Another currency, or more than the total, is no basis of gifts and refunds."""
    Order.objects.update(**change)

    with pytest.raises(reviews.MoneyUnfitError, match=text):
        _sell(sale, at)


def test_money_on_its_way_back_is_refused(sale, at):
    """Of a payment that is not whole nothing is sold."""
    sale.request(at, amount=100)

    with pytest.raises(reviews.MoneyMovedError, match="not whole"):
        _sell(sale, at)


def test_disputed_money_is_refused(sale, simulator, at):
    """Nor of one that the customer's bank disputes."""
    simulator.dispute(sale.payment.charge_id)
    money.follow_disputes(simulator, at)
    Order.objects.update(status="review")

    with pytest.raises(reviews.MoneyMovedError):
        _sell(sale, at)


def test_one_payment_must_be_left(sale, at):
    """Which of several to sell for is a person's choice; none sells nothing."""
    Payment.objects.update(refunded_amount=249_900)

    with pytest.raises(reviews.PaymentUnclearError, match="0 payments"):
        _sell(sale, at)


def test_unreachable_stripe_sells_nothing(sale, simulator, at):
    """Without knowing where it goes nothing is sold."""
    simulator.reset()

    with pytest.raises(gateways.GatewayError):
        _sell(sale, at)

    assert sale.order.status == "review"


def test_every_piece_is_sold_or_none(simulator, db, at):
    """Of two pieces of which one is gone, the other stays held for the order."""
    item = make_item()
    kept, gone = make_piece(item=item), make_piece(item=item)
    placed = orders.place_order(kept, gone, at=at)
    Order.objects.update(total_amount=500_000)
    simulator.pay(placed.session_id, money.CARD)
    payments.confirm_payment(session_id=placed.session_id, at=at)
    Hold.objects.filter(piece=gone).update(status="released")
    Piece.objects.filter(pk=gone.pk).update(status="withdrawn")

    with pytest.raises(reviews.PieceGoneError, match=gone.serial_number):
        reviews.sell_as_it_stands(order_id=placed.order.pk, at=at)

    kept.refresh_from_db()
    assert kept.status == "held"
