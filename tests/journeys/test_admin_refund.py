"""A partial refund from the admin, in a real browser, up to the last book of all."""

import re

import pytest
from django.db.models import Sum
from django.urls import reverse
from playwright.sync_api import expect

from donations.models import Donation
from donations.services import audit
from store.models import Piece, Refund
from tests.journeys import colleagues, purchases, shopping

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(shop):
    """A paid order of two pieces at $2,499.00 each."""
    order = purchases.buy(shop.simulator, *purchases.offer_pieces(2))
    shop.wait()
    return order


@pytest.fixture(params=sorted(shopping.SIZES))
def size(request):
    """Each window that people have."""
    width, height = shopping.SIZES[request.param]
    return {"width": width, "height": height}


@pytest.fixture
def window(shop, new_context, settings, size):
    """Return a function that opens a window of somebody with cookies of their own."""
    windows = []

    def open_window():
        page = new_context(viewport=size).new_page()
        watched = shopping.watch(page, shop.url, settings.STORE["STRIPE_API_BASE"])
        windows.append(watched)
        return watched

    yield open_window
    assert [one.complaints for one in windows] == [[]] * len(windows)


@pytest.fixture
def staff(window, django_user_model):
    """A colleague with all rights, who has just logged in by the form."""
    django_user_model.objects.create_superuser("lerato", password=colleagues.PASSWORD)
    staff = window()
    colleagues.log_in(staff, reverse("admin:store_order_changelist"), "lerato")
    return staff


def _open_refund(staff, order):
    """Find the order in the list and open the page on which it is refunded."""
    staff.open(reverse("admin:store_order_changelist"))
    staff.follow(order.number)
    tools = staff.page.locator(".object-tools")
    with staff.page.expect_navigation():
        tools.get_by_role("link", name="Refund").click()
    colleagues.check(staff, ".refund")


def _confirm(staff, shop, amount):
    """Look at what follows, press the button, and wait for worker and webhooks."""
    staff.press("Look at what follows")
    colleagues.check(staff, ".refund")
    staff.press(f"Refund {amount}")
    expect(staff.page.get_by_text(f"{amount} goes back").first).to_be_visible()
    shop.wait()
    staff.page.reload()
    colleagues.check(staff, ".story")


def _refund_piece(staff, shop, order, piece):
    """Refund one piece that goes on sale again."""
    _open_refund(staff, order)
    staff.page.get_by_label(f"{piece} comes back").check()
    staff.page.get_by_label(f"{piece} goes on sale again").check()
    staff.page.get_by_label("Reason").fill("Too small.")
    _confirm(staff, shop, "$2,499.00")


def _refund_amount(staff, shop, order):
    """Refund some of what is left; the customer keeps the piece."""
    _open_refund(staff, order)
    staff.page.get_by_label("Amount").fill("1,000.00")
    staff.page.get_by_label("Reason").fill("A scratch.")
    _confirm(staff, shop, "$1,000.00")


def _read_giving(order):
    """Return what each line's donation is, and what the ledger holds of it."""
    giving = {}
    for line in order.lines.order_by("position"):
        donation = Donation.objects.get(source=line.source)
        entries = donation.entries.values("kind").annotate(sum=Sum("amount"))
        posted = {one["kind"]: one["sum"] for one in entries}
        giving[line.position] = (donation.status, posted)
    return giving


def _read_books(order, shop):
    """Return what went back by our books, by Stripe's, and by Stripe's balance."""
    rows = Refund.objects.filter(payment__order=order)
    ours = {row.gateway_id: (row.amount, row.status) for row in rows}
    theirs = {
        one["id"]: (one["amount"], one["status"])
        for one in shop.simulator.objects("refund")
    }
    moved = shop.simulator.objects("balance_transaction")
    left = sum(-one["amount"] for one in moved if one["type"] == "refund")
    return ours, theirs, left


@pytest.mark.checklist("R1")
def test_one_piece_of_two_is_refunded(shop, staff, order):
    """The piece's money goes back, its gift too, and it is on sale again."""
    returned, kept = [line.piece for line in order.lines.order_by("position")]

    _refund_piece(staff, shop, order, returned)

    order.refresh_from_db()
    ours, theirs, left = _read_books(order, shop)
    assert (order.status, left) == ("paid", 249_900)
    assert ours == theirs
    assert _read_giving(order) == {
        1: ("reversed", {"set_aside": 24_990, "reverse": 24_990}),
        2: ("set_aside", {"set_aside": 24_990}),
    }
    assert dict(Piece.objects.values_list("pk", "status")) == {
        returned.pk: "on_sale",
        kept.pk: "sold",
    }
    assert list(audit.audit_ledger()) == []


def test_an_amount_follows_a_piece(shop, staff, window, order):
    """The customer's page, the ledger and Stripe agree after both refunds."""
    returned = order.lines.order_by("position").first().piece
    _refund_piece(staff, shop, order, returned)

    _refund_amount(staff, shop, order)

    ours, theirs, left = _read_books(order, shop)
    assert (len(ours), left) == (2, 349_900)
    assert ours == theirs
    assert _read_giving(order)[2] == (
        "set_aside",
        {"set_aside": 24_990, "reverse": 10_000},
    )
    assert list(audit.audit_ledger()) == []
    _check_what_the_customer_reads(window(), shop, order)


def _check_what_the_customer_reads(shopper, shop, order):
    shopper.open(f"/orders/{order.token}/")
    colleagues.check(shopper, "main")
    main = shopper.page.locator("main")
    expect(main).to_contain_text(re.compile(r"Refunded\s+\$3,499\.00"))
    expect(main).to_contain_text("The donation for this piece is reversed")
    expect(main).to_contain_text("We have set $149.90 aside for Feeding America.")
    # Only the piece that was kept may still be sent back.
    assert main.get_by_role("checkbox").count() == 1
    told = [mail["Subject"] for mail in shop.mails()]
    assert sum("we sent money back" in subject for subject in told) == 2
