"""What an order comes to: the least, nothing, what was seen, and Stripe's own sum."""

import pytest

from demo.stripe_simulator.faults import ApiFault
from store.domain.choices import Choices
from store.models import Item, Order, Piece
from store.services import carts, checkout, quotes
from tests import orders
from tests.extras_factories import make_rate, make_tax, make_voucher
from tests.store_factories import make_item, make_piece

SESSIONS = "POST /v1/checkout/sessions"


def begin(token, at, **choices):
    """Check a cart out with these choices, and return its newest order."""
    chosen = Choices(country="US", **choices)
    started = checkout.start_checkout(
        cart_token=token, email=orders.EMAIL, at=at, choices=chosen
    )
    return Order.objects.get(token=started.order_token)


@pytest.fixture(params=[True, False], ids=["contained", "added"])
def taxing(request, settings, db):
    """A shop whose prices contain the tax, and one that adds it."""
    settings.STORE = {**settings.STORE, "PRICES_INCLUDE_TAX": request.param}


@pytest.mark.checklist("S9")
def test_price_that_was_not_seen_is_refused(piece, simulator, at):
    """S9: a price changed since the customer saw it refuses the attempt."""
    token = orders.make_cart(piece, at=at)
    seen = carts.read_cart(token=token, at=at).total.amount
    Item.objects.update(price_amount=260_000)

    with pytest.raises(quotes.TotalRefusedError, match="changed"):
        begin(token, at, seen_amount=seen)

    assert begin(token, at, seen_amount=260_000).total_amount == 260_000


@pytest.mark.checklist("M4")
def test_total_below_the_least_is_refused_before_stripe(simulator, db, at):
    """M4: less than Stripe lets somebody pay is no order, and the cart says so."""
    token = orders.make_cart(make_piece(item=make_item(price_amount=49)), at=at)

    cart = carts.read_cart(token=token, at=at)
    with pytest.raises(quotes.TotalRefusedError) as caught:
        begin(token, at)

    assert (cart.is_available, cart.is_payable) == (True, False)
    assert (caught.value.rule, caught.value.limit) == ("too_small", 50)
    assert simulator.calls == []


@pytest.mark.checklist("M4")
def test_least_total_can_be_paid(simulator, db, at):
    """M4: exactly the least opens a page."""
    token = orders.make_cart(make_piece(item=make_item(price_amount=50)), at=at)

    assert begin(token, at).attempts.get().status == "open"


@pytest.mark.checklist("M4", "S6")
def test_free_order_needs_no_payment(piece, simulator, at):
    """M4, S6: a total of nothing is an order, with a page on which nothing is paid."""
    make_voucher(discount_bps=10_000)
    token = orders.make_cart(piece, at=at)
    carts.set_voucher(token=token, code="WINTER-10", at=at)

    order = begin(token, at)

    (session,) = simulator.sessions()
    assert (order.total_amount, session["amount_total"]) == (0, 0)


@pytest.mark.checklist("M4")
def test_stripes_own_least_is_told_alike(piece, simulator, at):
    """M4: what Stripe finds too small is our refusal, and frees the piece."""
    fault = ApiFault(
        SESSIONS, 400, type="invalid_request_error", code="amount_too_small"
    )
    simulator.faults.add(fault)
    token = orders.make_cart(piece, at=at)

    with pytest.raises(quotes.TotalRefusedError) as caught:
        begin(token, at)

    assert (caught.value.field, caught.value.rule) == ("total", "too_small")
    assert orders.statuses(Piece) == ["on_sale"]


@pytest.mark.checklist("M5", "S8")
@pytest.mark.parametrize(
    "case",
    [
        ([9991, 9991], 1000, 888),
        ([120_000, 80_000, 11_111, 11_111, 11_111], 333, 1900),
        ([51, 53, 59], 3333, 725),
        ([1, 1, 100], 5000, 10_000),
    ],
)
def test_session_is_always_the_orders_sum(case, taxing, simulator, at):
    """M5, S8: what Stripe sums up is the order's total, to the last cent."""
    prices, discount_bps, rate_bps = case
    first = make_item(price_amount=prices[0])
    rest = [make_item(collection=first.collection, price_amount=p) for p in prices[1:]]
    make_voucher(discount_bps=discount_bps)
    make_tax(rate_bps=rate_bps, is_shipping_taxed=True)
    make_rate(amount=1299)
    pieces = [make_piece(item=item) for item in (first, *rest)]
    token = orders.make_cart(*pieces, at=at)
    carts.set_voucher(token=token, code="WINTER-10", at=at)

    order = begin(token, at)

    (session,) = simulator.sessions()
    shares = order.lines.values_list("donation_amount", flat=True)
    assert session["amount_total"] == order.total_amount
    assert order.donation_amount == sum(shares)
    assert order.discount_amount == sum(prices) * discount_bps // 10_000
