"""Differences in the admin: somebody takes one, and says how it ended."""

import datetime

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from store.models import Difference
from tests.store import paying
from tests.store.admin.conftest import make_difference
from tests.store_factories import AT

LIST = "admin:store_difference_changelist"


@pytest.fixture
def difference(db):
    """A dollar that Stripe has less than we, found today."""
    return make_difference()


def _page(client, row):
    """Return the row's page as text."""
    address = reverse("admin:store_difference_change", args=[row.pk])
    return client.get(address).content.decode()


def _act(client, row, slug, **values):
    """Press a button beneath the row; return the page after it."""
    address = reverse("admin:store_difference_act", args=[row.pk, slug])
    data = {f"{slug}-{name}": value for name, value in values.items()}
    return client.post(address, data, follow=True)


def test_the_list_says_what_waits(admin_client, difference):
    """Amounts on both sides, age and owner stand in the list; filters keep the open."""
    make_difference(reference="pi_2", resolved_at=AT, resolution="A typing error.")

    page = admin_client.get(reverse(LIST), {"state": "open"})

    text = page.content.decode()
    assert page.context["cl"].result_count == 1
    assert "$2,499.00" in text
    assert "$2,498.00" in text
    resolved = admin_client.get(reverse(LIST), {"state": "resolved"})
    assert resolved.context["cl"].result_count == 1


def test_age_stops_when_resolved(admin_client, difference):
    """The age of a resolved difference is how long it was open."""
    Difference.objects.update(
        resolved_at=AT + datetime.timedelta(days=3), resolution="Found the receipt."
    )

    page = admin_client.get(reverse(LIST))

    assert "3\xa0days" in page.content.decode()


def test_a_difference_is_taken_and_given_back(admin_client, admin_user, difference):
    """The owner is whoever takes it, until it is given back."""
    _act(admin_client, difference, "take")
    difference.refresh_from_db()
    assert difference.owner == admin_user
    assert "Take it" not in _page(admin_client, difference)

    _act(admin_client, difference, "let-go")

    difference.refresh_from_db()
    assert difference.owner is None


def test_resolving_needs_words(admin_client, admin_user, difference):
    """Without words nothing is resolved; with them, they stand with the name."""
    refused = _act(admin_client, difference, "resolve", resolution=" ")
    assert "This field is required." in refused.content.decode()
    assert Difference.objects.open().exists()

    _act(admin_client, difference, "resolve", resolution="Bank fee, agreed.")

    difference.refresh_from_db()
    assert difference.resolution == "Bank fee, agreed."
    assert difference.resolved_by == admin_user


def test_a_colleague_was_faster(admin_client, difference):
    """A button on an old page does nothing to a resolved row, and says so."""
    Difference.objects.update(resolved_at=AT, resolution="Mended.")

    page = _act(admin_client, difference, "resolve", resolution="Mine.")

    assert "Nothing was done" in page.content.decode()
    difference.refresh_from_db()
    assert difference.resolution == "Mended."


def test_looking_is_not_resolving(client, difference, django_user_model):
    """Whoever may only look sees no button, and posting to it is refused."""
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_difference"))
    client.force_login(clerk)

    answer = _act(client, difference, "resolve", resolution="Mine.")

    assert answer.status_code == 403
    assert 'class="act"' not in _page(client, difference)
    assert Difference.objects.open().exists()


@pytest.mark.parametrize("slug", ["delete", "take-all"])
def test_unknown_acts_are_not_found(admin_client, difference, slug):
    """Only the screen's own acts have an address."""
    assert _act(admin_client, difference, slug).status_code == 404


def test_acts_stand_in_the_history(admin_client, difference):
    """What was done, and by whom, is in the row's history."""
    _act(admin_client, difference, "take")

    page = admin_client.get(
        reverse("admin:store_difference_history", args=[difference.pk])
    )

    assert "Taken." in page.content.decode()


def test_a_difference_is_mended_by_its_own_act(admin_client, simulator, admin_user):
    """The button says what it does for this kind; gone, the row is resolved."""
    order = paying.make_paid_order()
    type(order).objects.update(status="refunded")
    row = make_difference(kind="order_status", reference=order.number, order=order)
    assert "Let the order follow its money" in _page(admin_client, row)

    page = _act(admin_client, row, "mend").content.decode()

    row.refresh_from_db()
    order.refresh_from_db()
    assert order.status == "paid"
    assert "Let the order follow its money" in page


def test_what_no_click_helps_against_has_no_button(admin_client, difference):
    """Where Stripe has less than we, a person must find out why."""
    assert "mend/" not in _page(admin_client, difference)

    page = _act(admin_client, difference, "mend").content.decode()

    assert "Nothing was done" in page
    assert Difference.objects.open().exists()
