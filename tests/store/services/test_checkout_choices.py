"""What is chosen at checkout: on the order, at Stripe, and compared on a second try."""

from dataclasses import replace

import pytest

from store.domain.choices import Choices
from store.domain.engraving import EngravingRefusedError
from store.domain.refusal import RefusedError
from store.models import CartLine, Item, ItemPrice, Order, PaymentAttempt, Piece
from store.services import carts, checkout, sessions
from tests import orders
from tests.extras_factories import make_rate, make_tax, make_voucher
from tests.store_factories import make_item, make_piece

SESSIONS = "POST /v1/checkout/sessions"
NEW_YORK = Choices(country="US", region="NY")


def begin(token, at, email=orders.EMAIL, **choices):
    """Check a cart out with these choices, and return its newest order."""
    started = checkout.start_checkout(
        cart_token=token, email=email, at=at, choices=replace(NEW_YORK, **choices)
    )
    return Order.objects.get(token=started.order_token)


def engrave(at, text="for Ada", **fields):
    """Return the cart of an engraved piece, whose engraving costs $90.00."""
    item = make_item(engraving_length=10, engraving_amount=9000, **fields)
    piece = make_piece(item=item)
    return carts.add_piece(
        token=None, serial_number=piece.serial_number, at=at, engraving=text
    )


@pytest.fixture
def everything(settings, db, at):
    """A cart with all the extras: engraving, voucher, shipping, insurance, tax."""
    settings.STORE = {**settings.STORE, "PRICES_INCLUDE_TAX": False}
    make_voucher()
    make_tax(region="NY", rate_bps=888, is_shipping_taxed=True)
    make_rate(insurance_amount=1500)
    token = engrave(at)
    carts.set_voucher(token=token, code="WINTER-10", at=at)
    return token


def test_order_keeps_all_that_was_chosen(everything, simulator, at):
    """Price, engraving, discount, tax and shipping are frozen on order and line."""
    order = begin(everything, at, is_insured=True, is_gift=True, gift_note=" For you ")

    line = order.lines.get()
    assert (line.engraving, line.price_amount) == ("for Ada", 249_900)
    assert (line.engraving_amount, line.discount_amount) == (9000, 25_890)
    assert line.added_tax_amount == line.tax_amount == 20_691
    assert (order.shipping_name, order.shipping_amount) == ("Courier, signed for", 5500)
    assert (order.is_insured, order.tax_amount) == (True, 20_691 + 449)
    assert (order.address_country, order.address_region) == ("US", "NY")
    assert (order.is_gift, order.gift_note) == (True, "For you")
    assert len(order.gift_token) == 22
    assert order.total_amount == 233_010 + 20_691 + 5500
    assert line.donation_base_amount == 233_010


def test_session_comes_to_the_order(everything, simulator, at):
    """Net lines, a line for the tax, and shipping come to the order's total."""
    order = begin(everything, at, is_insured=True)

    (session,) = simulator.sessions()
    attempt = order.attempts.get()
    request = sessions._request(attempt)
    assert [line.amount for line in request.lines] == [233_010, 20_691]
    assert request.lines[1].name == "Tax (Sales tax)"
    assert request.lines[0].description.endswith(", engraved")
    assert request.shipping.name == "Courier, signed for (insured)"
    assert request.shipping_countries == ("US",)
    assert session["amount_total"] == attempt.amount == order.total_amount


@pytest.mark.checklist("S2", "S3")
def test_request_is_built_from_stored_rows(everything, simulator, settings, at):
    """S2, S3: a repeated request is equal whatever changed, and tells no gift note."""
    order = begin(everything, at, is_gift=True, gift_note="Dear Ada")
    attempt = order.attempts.get()
    first = sessions._request(attempt)
    Item.objects.update(price_amount=1, engraving_amount=1)
    CartLine.objects.update(engraving="other")
    settings.STORE = {**settings.STORE, "AUTOMATIC_TAX": True, "CURRENCIES": ["EUR"]}

    again = sessions._request(PaymentAttempt.objects.get(pk=attempt.pk))

    assert again == first
    assert "Ada" not in repr(again)


def test_gift_without_a_note_and_note_without_a_gift(piece, simulator, at):
    """A gift needs no note; a note without a gift is not kept."""
    token = orders.make_cart(piece, at=at)

    plain = begin(token, at, gift_note="For you")
    gift = begin(token, at, is_gift=True)

    assert (plain.gift_token, plain.gift_note) == (None, "")
    assert (gift.is_gift, gift.gift_note) == (True, "")


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"is_gift": True, "gift_note": "x" * 301}, ("gift_note", "too_long", 300)),
        ({"country": "DE"}, ("country", "not_shipped", None)),
        ({"seen_amount": 249_899}, ("total", "changed", None)),
        (
            {"seen_amount": 249_900, "seen_currency": "EUR"},
            ("total", "changed", None),
        ),
    ],
    ids=["long note", "other country", "other total", "other currency"],
)
def test_refused_choice_places_nothing(choices, told, piece, simulator, at):
    """A choice that is refused names field and rule; no order, no hold, no call."""
    token = orders.make_cart(piece, at=at)

    with pytest.raises(RefusedError) as caught:
        begin(token, at, **choices)

    refused = caught.value
    assert (refused.field, refused.rule, refused.limit) == told
    assert (orders.statuses(Order), orders.statuses(Piece)) == ([], ["on_sale"])
    assert simulator.calls == []


@pytest.mark.checklist("S10")
@pytest.mark.parametrize(
    "choices",
    [
        {"region": "NJ"},
        {"is_insured": True},
        {"is_gift": True},
        {"is_gift": True, "gift_note": "For you"},
    ],
    ids=["region", "insurance", "gift", "note"],
)
def test_other_choice_closes_the_old_page(choices, everything, simulator, at):
    """S10: another choice is another order; the same one is the same page."""
    first = begin(everything, at)
    assert begin(everything, at) == first

    second = begin(everything, at, **choices)

    assert second != first
    assert [s["status"] for s in simulator.sessions()] == ["expired", "open"]


def _remove_voucher(token, at):
    carts.remove_voucher(token=token, at=at)


def _engrave_otherwise(token, at):
    serial_number = Piece.objects.get().serial_number
    carts.engrave_piece(token=token, serial_number=serial_number, engraving="for Bo")


def _change_currency(token, at):
    values = {"amount": 229_900, "engraving_amount": 9000}
    ItemPrice.objects.create(item=Item.objects.get(), currency="EUR", **values)
    make_rate(currency="EUR")
    carts.change_currency(token=token, currency="EUR", at=at)


@pytest.mark.checklist("S9", "S10")
@pytest.mark.parametrize(
    "change", [_remove_voucher, _engrave_otherwise, _change_currency]
)
def test_changed_cart_closes_the_old_page(change, everything, simulator, at):
    """S9, S10: voucher, engraving and currency are compared with the open order."""
    first = begin(everything, at)
    change(everything, at)

    second = begin(everything, at)

    assert second != first
    assert [s["status"] for s in simulator.sessions()] == ["expired", "open"]
    assert simulator.sessions()[1]["amount_total"] == second.total_amount


def test_engraving_that_fits_no_more_is_refused(simulator, db, at):
    """An item that lost its engraving meanwhile is not sold with one."""
    token = engrave(at)
    Item.objects.update(engraving_length=5)

    with pytest.raises(EngravingRefusedError, match="too_long"):
        begin(token, at)


def test_engraving_costs_only_where_there_is_one(simulator, db, at):
    """A blank engraving is none, and adds nothing."""
    token = engrave(at, text="  ")

    assert begin(token, at).total_amount == 249_900
