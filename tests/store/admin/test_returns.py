"""Returns in the admin: answered in words, and paid back when the pieces are here."""

import pytest
from django.urls import reverse

from store.domain.order import PieceStatus
from store.models import Piece, Refund
from tests.store import paying
from tests.store.admin.conftest import make_return
from tests.store_factories import make_piece


@pytest.fixture
def wish(db):
    """A customer's wish to send back the piece of a paid order."""
    order = paying.make_paid_order(make_piece(serial_number="DTC-1"))
    return make_return(order)


def _page(client, row):
    """Return the row's page as text."""
    address = reverse("admin:store_return_change", args=[row.pk])
    return client.get(address).content.decode()


def _act(client, row, slug, **values):
    """Press a button beneath the row; return the page after it."""
    address = reverse("admin:store_return_act", args=[row.pk, slug])
    data = {f"{slug}-{name}": value for name, value in values.items()}
    return client.post(address, data, follow=True).content.decode()


def test_the_list_says_what_waits(admin_client, wish):
    """A return that nobody answered waits for our answer."""
    page = admin_client.get(reverse("admin:store_return_changelist"))

    assert "our answer" in page.content.decode()


@pytest.mark.parametrize(
    ("slug", "status"), [("approve", "approved"), ("decline", "declined")]
)
def test_a_return_is_answered_in_words(admin_client, admin_user, wish, slug, status):
    """Both answers need words; they are stored with the name of who gave them."""
    assert "This field is required." in _act(admin_client, wish, slug, answer="")

    _act(admin_client, wish, slug, answer="Please use the box it came in.")

    wish.refresh_from_db()
    assert (wish.status, wish.decided_by) == (status, admin_user)
    assert wish.answer == "Please use the box it came in."
    assert not Refund.objects.exists()


def test_received_pieces_are_paid_back(admin_client, wish):
    """What was paid goes back, and the ticked pieces are on sale again."""
    _act(admin_client, wish, "approve", answer="Please do.")
    line = wish.order.lines.get()
    assert "DTC-1" in _page(admin_client, wish)

    page = _act(admin_client, wish, "receive", restock=[str(line.pk)])

    assert "$2,499.00 goes back to the customer." in page
    assert Refund.objects.get().amount == 249900
    assert Piece.objects.get(serial_number="DTC-1").status == PieceStatus.ON_SALE


def test_a_piece_stays_off_sale_unless_ticked(admin_client, wish):
    """Restocking is a choice; without a tick the piece is not sold again."""
    _act(admin_client, wish, "approve", answer="Please do.")

    _act(admin_client, wish, "receive")

    assert Refund.objects.get().lines.get().is_restocked is False
    assert Piece.objects.get(serial_number="DTC-1").status != PieceStatus.ON_SALE


def test_an_old_page_does_nothing(admin_client, wish):
    """An answer to a return that a colleague declined is refused with the reason."""
    _act(admin_client, wish, "decline", answer="Worn.")

    page = _act(admin_client, wish, "approve", answer="Please do.")

    assert "Nothing was done" in page
    wish.refresh_from_db()
    assert wish.status == "declined"


def test_a_finished_return_offers_nothing(admin_client, wish):
    """A declined return has no button left."""
    _act(admin_client, wish, "decline", answer="Worn.")

    assert 'class="act"' not in _page(admin_client, wish)


def test_shipping_is_offered_where_it_was_paid(admin_client, wish):
    """The tick for shipping stands there only when the order paid for shipping."""
    _act(admin_client, wish, "approve", answer="Please do.")
    assert "is_shipping_included" not in _page(admin_client, wish)
    type(wish.order).objects.update(shipping_amount=1500)

    assert "is_shipping_included" in _page(admin_client, wish)
