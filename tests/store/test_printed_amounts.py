"""What is printed of a gift is what is posted, wherever it is printed."""

import html
import re

import pytest
from django.utils import timezone

from demo.stripe_simulator.payments import Submission
from donations.domain.money import Money, format_money
from donations.models import Donation, PledgeVersion
from donations.services import donations
from store import emails
from store.models import Message
from store.services import payments
from tests import orders
from tests import store_factories as make
from tests.donations import capping

pytestmark = pytest.mark.django_db
# An odd price: a tenth of it is rounded up.
PRICE = 249_991
_GIVEN = (
    r"We give ([^ ]+) of (?:this|it)",
    r"gives ([^ ]+)",
    r"We have set ([^ ]+) aside",
)


@pytest.fixture
def piece():
    """A piece on sale whose gift is not a round amount."""
    return make.make_piece(item=make.make_item(slug="aya", price_amount=PRICE))


def read_amounts(text):
    """Return every amount that a text says is given."""
    plain = html.unescape(re.sub(r"<[^>]+>", " ", text))
    plain = re.sub(r"\s+", " ", plain)
    return [amount for words in _GIVEN for amount in re.findall(words, plain)]


def browse(client):
    """Return what each page printed before the sale."""
    return {
        "item page": client.get("/items/aya/").content.decode(),
        "collection": client.get("/collections/diamonds-that-care/").content.decode(),
        "cart": client.get("/cart/").content.decode(),
        "checkout": client.get("/checkout/").content.decode(),
    }


def pay(simulator, placed):
    """Pay an order and set its gift aside; return what the ledger holds."""
    simulator.submit(placed.session_id, Submission("4242424242424242"))
    payments.confirm_payment(session_id=placed.session_id, at=timezone.now())
    donations.set_aside_due(limit=10, at=timezone.now())
    return Donation.objects.latest("pk").posted_amount


def read_after(client, placed):
    """Return what page and mail print of the sale."""
    mail = emails.build(Message.objects.get(order=placed.order))
    (attached,) = mail.alternatives
    return {
        "order page": client.get(f"/orders/{placed.order.token}/").content.decode(),
        "mail, text": mail.body,
        "mail, HTML": attached[0],
    }


def set_cap(amount):
    """Let the pledge have a cap from now on."""
    version = PledgeVersion.objects.get(is_current=True)
    if amount is not None:
        capping.publish_next(version, cap_amount=amount)


def fill_cart(client, piece):
    """Put the piece into this visitor's cart."""
    client.post("/cart/add/", {"serial_number": piece.serial_number})


@pytest.mark.parametrize(("cap", "posted_amount"), [(None, 25_000), (20_000, 20_000)])
def test_printed_amounts_are_posted(client, simulator, piece, cap, posted_amount):
    """Item, collection, cart, checkout, order page and mail print the posted amount."""
    set_cap(cap)
    fill_cart(client, piece)
    printed = browse(client)
    placed = orders.place_order(piece, at=timezone.now())

    posted = pay(simulator, placed)
    printed |= read_after(client, placed)

    expected = format_money(Money(posted, "USD"))
    assert posted == posted_amount
    for place, text in printed.items():
        assert set(read_amounts(text)) == {expected}, place


def test_nothing_is_printed_over_the_cap(client, simulator, piece):
    """Once all is given no page and no mail prints a gift: they say that it is over."""
    set_cap(20_000)
    first = make.make_piece(item=piece.item)
    pay(simulator, orders.place_order(first, at=timezone.now()))
    fill_cart(client, piece)

    printed = browse(client)
    placed = orders.place_order(piece, at=timezone.now())
    posted = pay(simulator, placed)
    printed |= read_after(client, placed)

    assert posted == 0
    for place, text in printed.items():
        assert read_amounts(text) == [], place
    assert "This pledge has given all that it can" in printed["item page"]
    assert "a purchase adds no further donation" in printed["collection"]
    assert "the pledge has reached its cap" in printed["cart"]
    assert "The pledge has reached its cap" in printed["order page"]


def test_pieces_of_a_cart_share_what_is_left(client, piece):
    """Two pieces at once give no more together than the cap leaves."""
    set_cap(30_000)
    other = make.make_piece(item=piece.item)
    fill_cart(client, piece)
    fill_cart(client, other)

    printed = read_amounts(client.get("/cart/").content.decode())

    assert sorted(printed) == ["$250.00", "$300.00", "$50.00"]


@pytest.mark.parametrize("cap", [None, 20_000])
def test_api_says_the_posted_amount(client, simulator, piece, cap):
    """Item and order of the API carry the posted amount in minor units."""
    set_cap(cap)
    before = client.get("/api/v1/items/aya/").json()
    placed = orders.place_order(piece, at=timezone.now())

    posted = pay(simulator, placed)
    after = client.get(f"/api/v1/orders/{placed.order.token}/").json()

    assert before["donation"]["amount"] == posted
    assert after["donation"]["amount"] == posted
    assert after["lines"][0]["donation"]["amount"]["amount"] == posted
    assert (
        "We give 10% of every price to Feeding America" in before["giving"]["promise"]
    )
