"""Carts in the API: whoever has the id has the cart, and nobody is charged."""

import pytest

from store.models import Cart, CartLine, ShippingRate, ShippingZone, Voucher
from tests.store.api.calling import CARTS, assert_problem, open_cart, send
from tests.store_factories import make_item, make_piece

pytestmark = pytest.mark.django_db

NOBODYS = f"{CARTS}nobodys/"


@pytest.fixture
def piece():
    """A piece on sale that can be engraved."""
    item = make_item(engraving_length=10, engraving_amount=4500, slug="aya")
    return make_piece(item=item, serial_number="DTC-1")


@pytest.fixture
def cart(client, piece):
    """The address of a cart with the piece."""
    return open_cart(client, piece)


@pytest.fixture
def voucher():
    """A voucher of ten percent."""
    return Voucher.objects.create(code="WINTER-10", kind="percent", discount_bps=1000)


def test_a_cart_begins_empty(client):
    """A new cart has an id, an address, and nothing in it; no cache keeps it."""
    made = send(client, "post", CARTS, {})

    shown = made.json()
    assert made.status_code == 201
    assert made["Location"] == f"https://shop.example{CARTS}{shown['id']}/"
    assert made["Cache-Control"] == "private, no-store"
    assert (shown["lines"], shown["total"]) == ([], None)
    assert client.get(f"{CARTS}{shown['id']}/").json() == shown


def test_a_body_is_not_needed_to_begin(client):
    """A cart is made without a body too."""
    assert client.generic("POST", CARTS).status_code == 201


def test_a_piece_goes_into_the_cart(client, cart):
    """A cart shows each piece with today's price and what is given for it."""
    shown = client.get(cart).json()

    (line,) = shown["lines"]
    assert (line["serial_number"], line["item"]["slug"]) == ("DTC-1", "aya")
    assert line["price"] == {"amount": 249900, "currency": "USD"}
    assert line["donation"] == {"amount": 24990, "currency": "USD"}
    assert (line["is_available"], line["engraving_price"]) == (True, None)
    assert shown["total"] == {"amount": 249900, "currency": "USD"}
    assert shown["faults"] == []


def test_a_piece_can_be_engraved(client, cart):
    """An engraving is set, priced, and removed by a blank one."""
    line = f"{cart}lines/DTC-1/"

    engraved = send(client, "put", line, {"engraving": " A & B "}).json()
    plain = send(client, "put", line, {"engraving": ""}).json()

    assert engraved["lines"][0]["engraving"] == "A & B"
    assert engraved["total"]["amount"] == 249900 + 4500
    assert plain["total"]["amount"] == 249900


def test_a_piece_is_engraved_as_it_is_added(client, piece):
    """The engraving may come with the piece."""
    cart = open_cart(client)
    line = {"serial_number": "DTC-1", "engraving": "Ada", "currency": "USD"}

    added = send(client, "post", f"{cart}lines/", line).json()

    assert added["lines"][0]["engraving"] == "Ada"


def test_too_long_an_engraving_names_its_limit(client, piece):
    """What does not fit is refused with the number of characters that do."""
    cart = open_cart(client)
    line = {"serial_number": "DTC-1", "engraving": "a" * 11}

    answer = send(client, "post", f"{cart}lines/", line)

    assert_problem(answer, 422, "engraving_too_long", "engraving")
    assert "10" in answer.json()["message"]
    assert not CartLine.objects.exists()


def test_a_piece_leaves_the_cart(client, cart):
    """A piece that is taken out is gone, and a second time not found."""
    line = f"{cart}lines/DTC-1/"

    assert client.delete(line).json()["lines"] == []
    assert_problem(client.delete(line), 404, "not_found")


def test_what_is_not_on_sale_is_refused(client, cart):
    """An unknown, held or sold piece does not go into a cart."""
    answer = send(client, "post", f"{cart}lines/", {"serial_number": "DTC-9"})

    assert_problem(answer, 409, "piece_not_for_sale", "serial_number")


def test_a_second_currency_is_refused(client, cart):
    """A cart holds pieces of one currency."""
    item = make_item(collection=Cart.objects.get().lines.get().piece.item.collection)
    type(item).objects.filter(pk=item.pk).update(currency="EUR")
    other = make_piece(item=item)

    line = {"serial_number": other.serial_number}
    answer = send(client, "post", f"{cart}lines/", line)

    assert_problem(answer, 422, "currency_mixed", "currency")


def test_a_voucher_lowers_the_total(client, cart, voucher):
    """A voucher applies until it is removed; small letters are as good."""
    lowered = send(client, "put", f"{cart}voucher/", {"code": "winter-10"}).json()
    removed = client.delete(f"{cart}voucher/").json()

    assert lowered["voucher_code"] == "WINTER-10"
    assert lowered["total"]["amount"] == 249900 - 24990
    assert lowered["discount"] == {"amount": 24990, "currency": "USD"}
    assert (removed["voucher_code"], removed["total"]["amount"]) == ("", 249900)


def test_an_unknown_voucher_is_refused(client, cart, settings):
    """A code that nobody made is refused by its field, and guessing is slowed down."""
    settings.STORE = {**settings.STORE, "GUESS_RATE": "2/day"}
    codes = [{"code": code} for code in ("A", "B", "C")]

    answers = [send(client, "put", f"{cart}voucher/", code) for code in codes]

    assert_problem(answers[0], 422, "voucher_code_unknown", "code")
    assert answers[2].status_code == 429


def test_a_voucher_that_is_over_is_no_guess(client, cart, voucher, settings):
    """Who types a real code that cannot be used now is not slowed down."""
    settings.STORE = {**settings.STORE, "GUESS_RATE": "1/day"}
    Voucher.objects.update(usage_limit=0)
    code = {"code": voucher.code}

    answers = [send(client, "put", f"{cart}voucher/", code) for _ in range(2)]

    assert_problem(answers[1], 422, "voucher_code_used_up", "code")


@pytest.mark.parametrize(
    ("place", "body"),
    [("voucher", {"code": "WINTER-10"}), ("currency", {"currency": "USD"})],
)
def test_an_empty_cart_has_nothing_to_price(client, voucher, place, body):
    """Voucher and currency need a piece."""
    answer = send(client, "put", f"{open_cart(client)}{place}/", body)

    assert_problem(answer, 409, "cart_empty")


def test_a_cart_changes_its_currency(client, cart, piece, settings):
    """A cart is priced in any currency that all its pieces are offered in."""
    settings.STORE = {**settings.STORE, "CURRENCIES": ["USD", "EUR", "GBP"]}
    piece.item.prices.create(currency="EUR", amount=230000)

    changed = send(client, "put", f"{cart}currency/", {"currency": "EUR"})
    refused = send(client, "put", f"{cart}currency/", {"currency": "GBP"})

    assert changed.json()["total"] == {"amount": 230000, "currency": "EUR"}
    assert_problem(refused, 422, "currency_mixed", "currency")


def test_choices_change_the_sums(client, cart):
    """With a country the cart shows its ways of shipping and what they add."""
    zone = ShippingZone.objects.create(name="Near", countries="US CA")
    rate = ShippingRate.objects.create(
        zone=zone, name="Courier", currency="USD", amount=2500, insurance_amount=900
    )
    query = {"country": "CA", "shipping_rate_id": rate.pk, "is_insured": "true"}

    shown = client.get(cart, query).json()

    (option,) = shown["shipping_options"]
    assert (option["name"], option["price"]["amount"]) == ("Courier", 2500)
    assert shown["shipping"] == {"amount": 3400, "currency": "USD"}
    assert shown["total"]["amount"] == 249900 + 3400
    assert shown["tax"] == {"amount": 0, "currency": "USD"}


def test_faults_say_what_is_in_the_way(client, cart):
    """A cart tells what a checkout would refuse, with the same code and words."""
    shown = client.get(cart, {"country": "JP"}).json()

    assert shown["faults"] == [
        {
            "field": "country",
            "code": "country_not_shipped",
            "message": "We do not ship to this country.",
        }
    ]


@pytest.mark.parametrize(
    ("method", "place", "body"),
    [
        ("get", "", None),
        ("post", "lines/", {"serial_number": "DTC-1"}),
        ("put", "lines/DTC-1/", {"engraving": "A"}),
        ("delete", "lines/DTC-1/", None),
        ("put", "voucher/", {"code": "A"}),
        ("delete", "voucher/", None),
        ("put", "currency/", {"currency": "USD"}),
        ("post", "checkout/", {"email": "ada@shop.example"}),
    ],
)
def test_nobodys_cart_is_not_found(client, settings, method, place, body):
    """An id that nobody has opens nothing, makes nothing, and counts as a guess."""
    settings.STORE = {**settings.STORE, "GUESS_RATE": "1/day"}

    first, second = (
        send(client, method, f"{NOBODYS}{place}", body, key="key") for _ in range(2)
    )

    assert_problem(first, 404, "not_found")
    assert_problem(second, 429, "throttled")
    assert not Cart.objects.exists()


def test_a_piece_that_is_not_there_cannot_be_engraved(client, cart):
    """Only what is in the cart is engraved."""
    answer = send(client, "put", f"{cart}lines/DTC-9/", {"engraving": "A"})

    assert_problem(answer, 404, "not_found")


def test_writing_is_slowed_down(client, settings):
    """Writes have a rate of their own; reading goes on."""
    settings.STORE = {**settings.STORE, "API_WRITE_RATE": "1/min"}
    cart = open_cart(client)

    assert_problem(send(client, "post", CARTS, {}), 429, "throttled")
    assert client.get(cart).status_code == 200


def test_a_cart_costs_few_queries(client, piece, django_assert_max_num_queries):
    """Ten pieces of one item cost as many statements as one."""
    more = [make_piece(item=piece.item) for _ in range(9)]
    cart = open_cart(client, piece, *more)

    with django_assert_max_num_queries(9):
        client.get(cart)
