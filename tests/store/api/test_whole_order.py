"""A whole order by API alone: found, gathered, chosen, paid, confirmed, sent back."""

import pytest

from donations.models import Entry
from store.models import Order, ShippingRate, ShippingZone, Voucher
from tests import store_factories
from tests.journeys import books, purchases
from tests.store.api.program import Program

pytestmark = pytest.mark.django_db(transaction=True)

PRICE, ENGRAVING, SHIPPING = 249_900, 4_500, 2_500
DISCOUNT = (PRICE + ENGRAVING) // 10
TOTAL = PRICE + ENGRAVING - DISCOUNT + SHIPPING


@pytest.fixture
def offer(shop):
    """A piece that can be engraved, a voucher, and a way of shipping."""
    item = store_factories.make_item(
        slug="aya", engraving_length=10, engraving_amount=ENGRAVING
    )
    store_factories.make_piece(item=item, serial_number="DTC-1")
    Voucher.objects.create(code="WINTER-10", kind="percent", discount_bps=1000)
    zone = ShippingZone.objects.create(name="Near", countries="US CA")
    ShippingRate.objects.create(
        zone=zone, name="Courier", currency="USD", amount=SHIPPING
    )


def fill_cart(program):
    """Find the piece in the catalog, gather it, and return the cart's place."""
    (item,) = program.get("items/?available=true")["results"]
    (piece,) = program.get(f"items/{item['slug']}/")["pieces"]
    cart = f"carts/{program.post('carts/')['id']}/"
    serial = piece["serial_number"]
    program.post(f"{cart}lines/", serial_number=serial, engraving="Ada")
    program.put(f"{cart}voucher/", code="winter-10")
    return cart


def check_out(program, cart):
    """Check out what the cart shows, and return the order's place and token."""
    shown = program.get(f"{cart}?country=CA")
    assert (shown["total"]["amount"], shown["faults"]) == (TOTAL, [])
    started = program.post(
        f"{cart}checkout/",
        email="ada@shop.example",
        country="CA",
        shipping_rate_id=shown["shipping_options"][0]["shipping_rate_id"],
        is_gift=True,
        gift_note="For Ada.",
        total=shown["total"],
    )
    assert started["payment_url"].startswith("http")
    return f"orders/{started['order_token']}/"


def test_a_program_buys_and_returns_a_piece(shop, offer):
    """From the catalog to the return every step is a call; the books agree."""
    program = Program(shop.url)

    place = check_out(program, fill_cart(program))
    assert program.get(place)["status"] == "pending"
    purchases.pay(shop.simulator, Order.objects.get())
    shop.wait()

    order = Order.objects.get()
    shown = program.get(place)
    assert (shown["status"], shown["total"]["amount"]) == ("paid", TOTAL)
    assert (shown["discount"]["amount"], shown["tax"]["amount"]) == (DISCOUNT, 0)
    assert (shown["shipping"]["amount"], shown["lines"][0]["engraving"]) == (
        2500,
        "Ada",
    )
    assert shown["lines"][0]["donation"]["status"] == "set_aside"
    assert books.find_faults(order) == {}
    assert [entry.amount for entry in Entry.objects.all()] == [order.donation_amount]
    assert [mail["To"] for mail in shop.mails()] == [order.email]

    asked = program.post(f"{place}returns/", lines=["DTC-1"], reason="Too small.")
    assert asked["status"] == "requested"
