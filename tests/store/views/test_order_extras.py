"""What an order's page tells beside its lines, returns, and the gift's receipt."""

import re

import pytest
from django.utils import timezone

from store.domain.order import RefundStatus
from store.models import Order, Refund, Return
from store.services import carts, refunds, returns
from tests import extras_factories
from tests.store import paying
from tests.store_factories import make_piece

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(piece):
    """A paid order of one piece."""
    return paying.make_paid_order(piece, at=timezone.now())


@pytest.fixture
def address(order):
    """Where the order's page is."""
    return f"/orders/{order.token}/"


@pytest.fixture
def gift(order):
    """The same as a gift with a note."""
    Order.objects.update(is_gift=True, gift_note="For you\nT.", gift_token="g1ft")
    return order


def _page(browser, address):
    return " ".join(browser.get(address).content.decode().split())


def _ask(browser, order, *lines):
    fields = {"line": [line.pk for line in lines], "reason": "Too small"}
    response = browser.post(f"/orders/{order.token}/return/", fields)
    assert response.status_code == 303
    return _page(browser, response["Location"])


def test_rows_add_up(shopper_with_cart, simulator):
    """Discount, delivery and tax of an order are rows between pieces and total."""
    extras_factories.make_voucher()
    extras_factories.make_rate()
    extras_factories.make_tax()
    token = shopper_with_cart.session[carts.SESSION_KEY]
    carts.set_voucher(token=token, code="WINTER-10", at=timezone.now())
    shopper_with_cart.post("/checkout/", {"email": "thato@example.com"})

    page = _page(shopper_with_cart, f"/orders/{Order.objects.get().token}/")

    rows = re.findall(r"<dt> ?(.*?) ?</dt> <dd[^>]*> ?(.*?) ?</dd>", page)
    assert rows[:5] == [
        ("Pieces", "$2,499.00"),
        ("Voucher WINTER-10", "\N{MINUS SIGN}$249.90"),
        ("Courier, signed for", "$40.00"),
        ("Sales tax, included", "$204.46"),
        ("Total", "$2,289.10"),
    ]


def test_money_on_its_way_is_not_back(client, order, address):
    """A refund is called one when it succeeded, and on its way before."""
    payment = order.payments.get()
    refunds.request_refund(
        payment_id=payment.pk,
        wish=refunds.Wish(amount=10_000),
        origin=Refund.Origin.STAFF,
        reason="Kindness",
        at=timezone.now(),
    )
    before = _page(client, address)
    Refund.objects.update(status=RefundStatus.SUCCEEDED)
    after = _page(client, address)

    assert "On its way back to you" in before
    assert "Refunded" not in before
    assert re.search(r"Refunded</dt> <dd[^>]*> \$100\.00", after)
    assert "On its way back to you" not in after


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("requested", "You asked to send this back."),
        ("approved", "Please send this back."),
        ("declined", "We could not take this back."),
        ("received", "This came back to us."),
    ],
)
def test_return_is_followed(client, order, address, status, words):
    """A customer asks on the page and sees there what became of it."""
    assert "Ask to send it back" in _page(client, address)
    _ask(client, order, order.lines.get())
    Return.objects.update(status=status, answer="Box 7")

    page = _page(client, address)

    assert words in page
    assert "Box 7" in page
    assert Return.objects.get().reason == "Too small"


def test_refused_returns_say_why(client, order, item):
    """Whatever keeps a return from being recorded is told in a sentence."""
    line = order.lines.get()
    other = paying.make_paid_order(make_piece(item=item))

    assert "Choose what you want to send back." in _ask(client, order)
    assert "Choose what" in _ask(client, order, other.lines.get())
    _ask(client, order, line)
    assert "came back already" in _ask(client, order, line)
    Order.objects.update(status="disputed")
    assert "cannot be sent back now" in _ask(client, order, line)
    assert Return.objects.count() == 1


def test_one_return_at_a_time(client, item):
    """While one return is open another piece waits, and the page says so."""
    pieces = [make_piece(item=item) for _ in range(2)]
    order = paying.make_paid_order(*pieces)
    first, second = order.lines.order_by("position")
    returns.request_return(
        order_token=order.token, line_ids=[first.pk], reason="", at=timezone.now()
    )

    assert "One at a time." in _ask(client, order, second)


def test_returns_need_the_token(client, strict_shopper, order):
    """A guessed address returns nothing, nor does a foreign form or a link."""
    address = f"/orders/{order.token}/return/"

    assert client.post("/orders/guessed/return/").status_code == 404
    assert client.get(address).status_code == 405
    assert strict_shopper.post(address).status_code == 403


def test_gift_receipt_has_no_prices(client, gift, address, piece):
    """The recipient sees piece, certificate and note, and no amount at all."""
    response = client.get("/orders/gift/g1ft/")

    page = response.content.decode()
    assert "/orders/gift/g1ft/" in _page(client, address)
    assert "For you<br>T." in page
    assert f'href="/certificates/{piece.certificate.number}/"' in page
    assert "$" not in page
    assert gift.email not in page
    assert gift.token not in page
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


def test_gift_receipt_needs_its_token(client, gift, settings):
    """The order's own token opens no receipt, nor does any before it is paid."""
    settings.STORE = {**settings.STORE, "GUESS_RATE": "2/day"}
    assert client.get(f"/orders/gift/{gift.token}/").status_code == 404
    Order.objects.update(status="pending", paid_at=None)

    assert client.get("/orders/gift/g1ft/").status_code == 404
    assert client.get("/orders/gift/g1ft/").status_code == 429


@pytest.mark.parametrize("place", ["/items/aya/", "/help/"])
def test_included_is_said_where_true(client, piece, settings, place):
    """Pages promise taxes and delivery in the price only where both are."""
    assert "delivery are included" in _page(client, place)

    extras_factories.make_rate()
    assert "Delivery is added by country." in _page(client, place)
    settings.STORE = {**settings.STORE, "PRICES_INCLUDE_TAX": False}
    extras_factories.make_tax()
    assert "Taxes and delivery are added by place." in _page(client, place)
    assert "included" not in _page(client, place)
