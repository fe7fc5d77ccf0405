"""Vouchers: who may use one, what it takes off, and how its uses are counted."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from store.models import Order, Piece, Voucher, VoucherUse
from store.services import carts, checkout, holds, payments, vouchers
from store.services.vouchers import VoucherRefusedError
from tests import orders
from tests.extras_factories import make_voucher
from tests.store.paying import make_session
from tests.store_factories import make_collection, make_item, make_piece

pytestmark = pytest.mark.django_db


def find(at, code="WINTER-10", cart_id=0):
    """Look for a voucher, as a cart that has no order does."""
    return vouchers.find_voucher(code=code, cart_id=cart_id, at=at)


def cart_with(code, *pieces, at):
    """Return the token of a cart that names a voucher."""
    token = orders.make_cart(*pieces, at=at)
    carts.set_voucher(token=token, code=code, at=at)
    return token


def place(token, at, email=orders.EMAIL):
    """Place the cart's order without asking Stripe for a page."""
    return checkout.place_order(cart_token=token, email=email, at=at)


def count_uses():
    """Return how many uses are counted, and how many of the rows are live."""
    live = VoucherUse.objects.filter(is_live=True).count()
    return Voucher.objects.get().uses_count, live


def test_code_is_found_as_people_type_it(at):
    """Small letters and spaces around a code do not matter."""
    voucher = make_voucher()

    assert find(at, " winter-10 ") == voucher


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"code": "OTHER"}, "unknown"),
        ({"is_active": False}, "unknown"),
        ({"starts_at": timedelta(seconds=1)}, "not_started"),
        ({"ends_at": timedelta()}, "over"),
        ({"usage_limit": 2, "uses_count": 2}, "used_up"),
    ],
    ids=["unknown", "inactive", "not started", "over", "used up"],
)
def test_unusable_voucher_says_why(fields, rule, at):
    """A voucher that cannot be used names its field and the rule."""
    moments = {k: at + v for k, v in fields.items() if isinstance(v, timedelta)}
    make_voucher(**(fields | moments))

    with pytest.raises(VoucherRefusedError) as caught:
        find(at)

    assert (caught.value.field, caught.value.rule) == ("voucher_code", rule)


def test_voucher_runs_from_start_to_end(at):
    """A voucher works from its first moment to the one before its end."""
    make_voucher(starts_at=at, ends_at=at + timedelta(seconds=1), usage_limit=1)

    assert find(at).usage_limit == 1


@pytest.mark.parametrize(
    ("fields", "rule", "limit"),
    [
        ({"currency": "EUR", "discount_amount": 100}, "other_currency", None),
        ({"minimum_amount": 249_901}, "minimum_not_reached", 249_901),
    ],
    ids=["other currency", "minimum"],
)
def test_voucher_that_does_not_fit_the_cart_says_why(fields, rule, limit, piece, at):
    """What a cart lacks is named, and the code is not kept."""
    make_voucher(**fields)
    token = orders.make_cart(piece, at=at)

    with pytest.raises(VoucherRefusedError) as caught:
        carts.set_voucher(token=token, code="WINTER-10", at=at)

    assert (caught.value.rule, caught.value.limit) == (rule, limit)
    assert carts.read_cart(token=token, at=at).voucher_code == ""


def test_voucher_of_another_collection_is_refused(piece, at):
    """A voucher of a collection that the cart has no piece of applies to nothing."""
    pledge = piece.item.collection.pledge
    make_voucher(collection=make_collection(slug="other", pledge=pledge))
    token = orders.make_cart(piece, at=at)

    with pytest.raises(VoucherRefusedError, match="nothing_eligible"):
        carts.set_voucher(token=token, code="WINTER-10", at=at)


def test_voucher_of_a_collection_lowers_its_pieces_only(piece, at):
    """Only the collection's pieces get cheaper; the others keep their price."""
    other = make_collection(slug="other", pledge=piece.item.collection.pledge)
    make_voucher(collection=other, discount_bps=5000)
    cheaper = make_piece(item=make_item(collection=other, price_amount=100))

    order = place(cart_with("WINTER-10", piece, cheaper, at=at), at).order

    assert [line.discount_amount for line in order.lines.order_by("position")] == [
        0,
        50,
    ]
    assert (order.discount_amount, order.total_amount) == (50, 249_950)


def test_amount_is_taken_off_once(piece, at):
    """An amount is spread over the pieces, and never more than they come to."""
    make_voucher(discount_amount=999_999)

    order = place(cart_with("WINTER-10", piece, at=at), at).order

    assert (order.discount_amount, order.total_amount) == (249_900, 0)
    assert order.voucher_code == "WINTER-10"


def test_use_is_counted_with_the_order(piece, at):
    """Placing an order takes one use, in the order's own transaction."""
    make_voucher(usage_limit=1)

    order = place(cart_with("WINTER-10", piece, at=at), at).order

    assert order.voucher_use.is_live
    assert count_uses() == (1, 1)


def test_refused_order_counts_no_use(piece, at):
    """An order that comes to nothing leaves the voucher as it was."""
    make_voucher(usage_limit=1)
    token = cart_with("WINTER-10", piece, at=at)
    place(orders.make_cart(piece, at=at), at)

    with pytest.raises(holds.PiecesGoneError):
        place(token, at)

    assert count_uses() == (0, 0)


def test_order_that_lets_go_frees_its_use(piece, simulator, at):
    """When the page closes unpaid, the next customer may use the voucher."""
    make_voucher(usage_limit=1)
    attempt = place(cart_with("WINTER-10", piece, at=at), at)

    payments.abandon_attempt(attempt=attempt)

    assert count_uses() == (0, 0)
    assert not vouchers.release_voucher(order=attempt.order)


def test_own_use_does_not_count_against_the_cart(piece, simulator, at):
    """Who has taken the last use and looks at the cart again still has it."""
    make_voucher(usage_limit=1)
    token = cart_with("WINTER-10", piece, at=at)
    placed = orders.check_out(token, at=at)

    cart = carts.read_cart(token=token, at=at)

    assert (cart.faults, cart.total.amount) == ((), 224_910)
    assert orders.check_out(token, at=at).checkout == placed.checkout


def test_changed_order_keeps_the_last_use(piece, simulator, at):
    """Another address closes the old page, frees the use, and takes it again."""
    make_voucher(usage_limit=1)
    token = cart_with("WINTER-10", piece, at=at)
    orders.check_out(token, at=at)

    orders.check_out(token, at=at, email="other@example.com")

    assert count_uses() == (1, 1)
    assert VoucherUse.objects.count() == 2


@pytest.mark.checklist("S13")
@pytest.mark.parametrize(("taken", "uses"), [(False, (1, 1)), (True, (1, 0))])
def test_late_payment_takes_a_use_again_if_one_is_free(taken, uses, piece, at):
    """Money after the release counts its use again; without a free one it stands."""
    make_voucher(usage_limit=1)
    attempt = place(cart_with("WINTER-10", piece, at=at), at)
    payments.abandon_attempt(attempt=attempt)
    if taken:
        Voucher.objects.update(uses_count=1)
    attempt.refresh_from_db()

    payments.apply_session(session=make_session(attempt), at=at)

    attempt.order.refresh_from_db()
    assert (attempt.order.status, attempt.order.total_amount) == ("paid", 224_910)
    assert count_uses() == uses


def test_order_without_voucher_has_no_use(piece, at):
    """Nothing is counted for an order that names no voucher."""
    order = place(orders.make_cart(piece, at=at), at).order

    assert not vouchers.release_voucher(order=order)
    assert not vouchers.reclaim_voucher(order=order)


def test_database_keeps_the_limit(at):
    """A count above the limit is refused by the database, whatever the code does."""
    make_voucher(usage_limit=1, uses_count=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        Voucher.objects.update(uses_count=2)


def test_use_taken_at_the_same_moment_is_refused(piece, at):
    """A use that went between the quote and the order undoes the whole order."""
    voucher = make_voucher(usage_limit=5)
    token = cart_with("WINTER-10", piece, at=at)
    wish = checkout._read_wish(token, orders.EMAIL, checkout.Choices(), at, "auto")
    Voucher.objects.filter(pk=voucher.pk).update(usage_limit=0)

    with pytest.raises(VoucherRefusedError, match="used_up"):
        checkout._create(wish)

    assert count_uses() == (0, 0)
    assert orders.statuses(Order) == []
    assert orders.statuses(Piece) == ["on_sale"]


def test_voucher_is_noted_and_forgotten(piece, at):
    """A cart keeps its code until it is removed; no cart keeps none."""
    make_voucher()
    token = cart_with("winter-10", piece, at=at)
    noted = carts.read_cart(token=token, at=at)

    assert (noted.voucher_code, noted.discount.amount) == ("WINTER-10", 24_990)
    assert carts.remove_voucher(token=token, at=at)
    assert not carts.remove_voucher(token=token, at=at)
    assert carts.read_cart(token=token, at=at).discount is None


@pytest.mark.parametrize("token", [None, "unknown"])
def test_voucher_needs_a_cart(token, at):
    """Without pieces there is nothing that a voucher could lower."""
    assert not carts.set_voucher(token=token, code="WINTER-10", at=at)
