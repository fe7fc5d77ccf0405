"""Orders are shipped in the admin, one or many, with what the customer needs."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from store.models import Order
from tests.store import paying
from tests.store_factories import make_item, make_piece

LIST = reverse("admin:store_order_changelist")


@pytest.fixture
def orders(db):
    """Two paid orders, the earlier first."""
    item = make_item()
    return [
        paying.make_paid_order(make_piece(item=item, serial_number=f"DTC-{number}"))
        for number in range(2)
    ]


def page(client, order):
    """Return the order's page as text."""
    address = reverse("admin:store_order_change", args=[order.pk])
    return client.get(address).content.decode()


def act(client, order, slug, reference):
    """Press a button beneath an order; return the page after it."""
    return client.post(
        reverse("admin:store_order_act", args=[order.pk, slug]),
        {f"{slug}-tracking_reference": reference},
        follow=True,
    ).content.decode()


def choose(client, orders, **more):
    """Run the list's action on orders; return the page after it."""
    data = {"action": "ship_chosen", "_selected_action": [one.pk for one in orders]}
    return client.post(LIST, data | more, follow=True).content.decode()


def test_one_order_is_shipped(admin_client, orders):
    """The button beneath an order ships it; its story and the list tell of it."""
    assert "The parcel has left." in page(admin_client, orders[0])

    told = act(admin_client, orders[0], "ship", "UPS 1Z1")

    assert "Shipped, UPS 1Z1" in told
    assert "The parcel has left." not in told
    assert Order.objects.get(pk=orders[0].pk).shipped_at is not None
    assert Order.objects.get(pk=orders[1].pk).shipped_at is None


def test_tracking_is_corrected(admin_client, orders):
    """A reference that was mistyped is replaced; blank is no correction."""
    act(admin_client, orders[0], "ship", "UPS 1Z1")
    assert "This field is required." in act(
        admin_client, orders[0], "correct-tracking", ""
    )

    told = act(admin_client, orders[0], "correct-tracking", "UPS 1Z2")

    assert "The tracking is UPS 1Z2 now" in told
    assert Order.objects.get(pk=orders[0].pk).tracking_reference == "UPS 1Z2"


def test_second_click_ships_nothing(admin_client, orders):
    """Two people who ship at once: the second is told that it was done."""
    act(admin_client, orders[0], "ship", "UPS 1Z1")

    assert "It was shipped before" in act(admin_client, orders[0], "ship", "")


def test_many_orders_are_shipped(admin_client, orders):
    """The list asks for the tracking of each parcel, and ships them together."""
    asked = choose(admin_client, orders)
    assert all(order.number in asked for order in orders)
    assert not Order.objects.exclude(shipped_at=None).exists()

    typed = {
        f"order-{order.pk}-tracking_reference": f"UPS {number}"
        for number, order in enumerate(orders)
    }
    told = choose(admin_client, orders, ship_now="1", **typed)

    assert "2 orders are shipped." in told
    references = Order.objects.order_by("pk").values_list(
        "tracking_reference", flat=True
    )
    assert list(references) == ["UPS 0", "UPS 1"]


def test_what_cannot_be_shipped_stays_on_the_page(admin_client, orders):
    """Of many, those that are paid leave; the others are named with the reason."""
    Order.objects.filter(pk=orders[1].pk).update(status="refunded")

    told = choose(admin_client, orders, ship_now="1")

    assert f"order {orders[1].number} is refunded" in told
    assert "1 order is shipped." in told
    assert Order.objects.exclude(shipped_at=None).get() == orders[0]


def test_shipping_needs_its_right(client, orders, django_user_model):
    """Whoever may only look ships neither one nor many."""
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(clerk)

    act(client, orders[0], "ship", "")
    told = choose(client, orders, ship_now="1")

    assert "You may not ship orders." in told
    assert not Order.objects.exclude(shipped_at=None).exists()


@pytest.mark.parametrize(("choice", "expected"), [("due", [1]), ("done", [0])])
def test_orders_to_be_shipped_are_found(admin_client, orders, choice, expected):
    """One click lists what is still in the house, another what has left."""
    act(admin_client, orders[0], "ship", "")

    found = admin_client.get(LIST, {"shipping": choice}).context["cl"].queryset

    assert list(found) == [orders[number] for number in expected]
