"""From cart to payment page."""

from datetime import timedelta

import pytest
from django.db import connections

from donations.domain.money import Money
from store.gateways import base as gateways
from store.gateways.stripe import StripeGateway
from store.models import Cart, CartLine, Hold, Item, Order, PaymentAttempt, Piece
from store.services import catalog, checkout, holds, prices
from tests import orders
from tests.orders import statuses
from tests.store_factories import make_collection, make_item, make_piece, make_pledge

SESSIONS = "POST /v1/checkout/sessions"


class LookingGateway(StripeGateway):
    """The production gateway; it notes what others can see when it is called."""

    seen = ()

    def start_session(self, request):
        """Look into the database over another connection, then go on."""
        with connections["default"].copy().cursor() as cursor:
            cursor.execute(
                "SELECT o.status, l.price_amount, h.status, a.idempotency_key"
                " FROM store_order o JOIN store_line l ON l.order_id = o.id"
                " JOIN store_hold h ON h.order_id = o.id"
                " JOIN store_paymentattempt a ON a.order_id = o.id"
            )
            type(self).seen = cursor.fetchall()
            cursor.connection.close()
        return super().start_session(request)


def test_checkout_leads_to_the_payment_page(placed, simulator):
    """A cart becomes a pending order, a held piece and an open payment page."""
    (session,) = simulator.sessions()

    assert placed.checkout.payment_url == session["url"]
    assert placed.now() == "pending"
    assert statuses(Piece) == ["held"]
    assert statuses(Hold) == ["active"]
    assert statuses(PaymentAttempt) == ["open"]


def test_order_freezes_price_certificate_and_promise(placed, piece):
    """A line keeps the price, the certificate's digest, the pledge and the gift."""
    line = placed.order.lines.get()

    assert (line.price_amount, line.total_amount) == (249_900, 249_900)
    assert line.certificate == piece.certificate
    assert line.certificate_digest == piece.certificate.digest
    assert line.pledge_version_id is not None
    assert (line.donation_base_amount, line.donation_amount) == (249_900, 24_990)
    assert placed.order.donation == Money(24_990, "USD")


def test_order_comes_to_the_sum_of_its_lines(simulator, db, at):
    """Total and gift of an order are the sums of its lines, and Stripe's amount."""
    item = make_item()

    placed = orders.place_order(make_piece(item=item), make_piece(item=item), at=at)

    (session,) = simulator.sessions()
    assert placed.order.total_amount == session["amount_total"] == 2 * 249_900
    assert placed.order.donation_amount == 2 * 24_990


def test_piece_without_current_promise_gives_nothing(simulator, db, at):
    """Outside the pledge's days a line carries no pledge and no gift."""
    yesterday = at.date() - timedelta(days=1)
    ended = make_pledge(starts_on=yesterday, ends_on=yesterday)
    piece = make_piece(item=make_item(collection=make_collection(pledge=ended)))

    line = orders.place_order(piece, at=at).order.lines.get()

    assert (line.pledge_version_id, line.donation_amount) == (None, 0)


@pytest.mark.checklist("S1")
@pytest.mark.django_db(transaction=True)
def test_order_is_committed_before_stripe_is_called(simulator, settings, at):
    """S1: order, line, price, hold and key are there for all when Stripe is called."""
    path = f"{__name__}.LookingGateway"
    settings.STORE = {**settings.STORE, "GATEWAY": path}

    placed = orders.place_order(at=at)

    key = placed.attempt.idempotency_key
    assert LookingGateway.seen == [("pending", 249_900, "active", key)]


@pytest.mark.checklist("S2")
def test_key_is_the_orders_and_the_attempts(placed, simulator):
    """S2: the key is made of the stored order and the attempt's number."""
    key = f"order-{placed.order.uuid}-attempt-1"

    assert placed.attempt.idempotency_key == key
    assert [call.idempotency_key for call in simulator.calls] == [key]


def test_unavailable_stripe_keeps_order_and_hold(piece, simulator, at):
    """While Stripe cannot be reached the piece stays held for its order."""
    orders.lose_stripe(simulator)

    with pytest.raises(gateways.UnavailableError):
        orders.place_order(piece, at=at)

    assert (statuses(Order), statuses(Hold)) == (["pending"], ["active"])
    assert statuses(PaymentAttempt) == ["created"]


@pytest.mark.checklist("S3")
def test_stripe_sees_nothing_of_the_customer_in_metadata(placed, simulator):
    """S3: reference and metadata are the order's opaque id, and nothing else."""
    (session,) = simulator.sessions()

    assert session["client_reference_id"] == str(placed.order.uuid)
    assert session["metadata"] == {"order": str(placed.order.uuid)}


def test_customer_returns_to_the_orders_page(placed, simulator):
    """After paying the customer lands on the order, after giving up in the cart."""
    (session,) = simulator.sessions()

    assert (
        session["success_url"] == f"https://shop.example/orders/{placed.order.token}/"
    )
    assert session["cancel_url"] == "https://shop.example/cart/"


@pytest.mark.checklist("S15")
def test_second_shopper_is_refused(placed, piece, simulator, at):
    """S15: a piece on its way to one customer is refused to the next, by its number."""
    cart_token = orders.make_cart(make_piece(item=piece.item), at=at)
    CartLine.objects.create(
        cart_id=CartLine.objects.get(cart__token=cart_token).cart_id,
        piece=piece,
        added_at=at,
    )

    with pytest.raises(holds.PiecesGoneError) as caught:
        orders.check_out(cart_token, at=at)

    assert caught.value.serial_numbers == (piece.serial_number,)
    assert len(simulator.sessions()) == 1
    assert sorted(statuses(Piece)) == ["held", "on_sale"]


@pytest.mark.django_db
def test_empty_cart_is_refused(at):
    """There is nothing to check out in a cart that is empty, or not there yet."""
    token = Cart.objects.create(token="empty", created_at=at, changed_at=at).token

    with pytest.raises(checkout.CartEmptyError):
        orders.check_out(None, at=at)
    with pytest.raises(checkout.CartEmptyError):
        checkout.place_order(cart_token=token, email=orders.EMAIL, at=at)


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["unknown", ""])
def test_unknown_cart_is_refused(token, at):
    """A token that somebody made up is told from a cart that is empty."""
    with pytest.raises(Cart.DoesNotExist):
        orders.check_out(token, at=at)
    with pytest.raises(Cart.DoesNotExist):
        checkout.place_order(cart_token=token, email=orders.EMAIL, at=at)


def test_declined_page_frees_the_pieces(piece, simulator, at):
    """What Stripe refuses cancels the order and puts its pieces back on sale."""
    with pytest.raises(gateways.DeclinedError):
        orders.place_order(piece, at=at, email="no-address")

    assert (statuses(Order), statuses(PaymentAttempt)) == (["canceled"], ["failed"])
    assert (statuses(Piece), statuses(Hold)) == (["on_sale"], ["released"])


def test_misconfigured_key_frees_the_pieces(piece, simulator, settings, at):
    """A key that Stripe does not know holds no piece."""
    settings.STORE = {**settings.STORE, "STRIPE_SECRET_KEY": "sk_nonsense"}

    with pytest.raises(gateways.MisconfiguredError):
        orders.place_order(piece, at=at)

    assert (statuses(Order), statuses(Piece)) == (["canceled"], ["on_sale"])


@pytest.mark.checklist("M3")
@pytest.mark.django_db
def test_two_currencies_never_reach_stripe(simulator, at):
    """M3: a cart that came to hold two currencies is refused before Stripe."""
    collection = make_collection()
    dollars, euros = (make_piece(item=make_item(collection=collection)) for _ in "ab")
    cart_token = orders.make_cart(dollars, euros, at=at)
    Item.objects.filter(pk=euros.item_id).update(currency="EUR")

    with pytest.raises(prices.CurrencyMismatchError):
        orders.check_out(cart_token, at=at)

    assert simulator.calls == []
    assert set(statuses(Piece)) == {"on_sale"}


def test_piece_revised_at_the_same_moment_is_gone(piece, simulator, at):
    """A piece that got another certificate since it was read is not sold."""
    cart_token = orders.make_cart(piece, at=at)
    catalog.withdraw_piece(piece_id=piece.pk)
    catalog.revise_piece(piece_id=piece.pk)
    choices = checkout.Choices()
    stale = checkout._read_wish(cart_token, orders.EMAIL, choices, at, "auto")
    catalog.put_on_sale(piece_ids=[piece.pk], at=at)

    with pytest.raises(holds.PiecesGoneError):
        checkout._place(stale)

    assert (statuses(Order), statuses(Piece)) == ([], ["on_sale"])
