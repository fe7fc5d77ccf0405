"""A large change of price is confirmed before anything is saved."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from store.models import ItemPrice
from tests.store.admin.forms import filled
from tests.store_factories import make_item, make_picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def item():
    """An item at $2,499.00 and ¥380,000."""
    item = make_item(name="Aya ring", price_amount=249900)
    ItemPrice.objects.create(item=item, currency="JPY", amount=380000)
    return item


def _row(item, price):
    """Return what saving a list of this one item would send."""
    return {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-0-id": item.pk,
        "form-0-price_amount": price,
        "form-0-position": 7,
        "_save": "Save",
    }


def _confirm(client, address, question):
    """Press yes on the page that asks."""
    return client.post(address, dict(question.context["kept"]))


def _prices(item):
    """Return the stored prices of an item."""
    item.refresh_from_db()
    return item.price_amount, item.prices.get().amount


@pytest.mark.parametrize(
    ("price", "amount", "change"),
    [("1,999.00", 199900, "-20%"), ("24,990", 2499000, "+900%")],
)
def test_a_list_asks_before_saving(admin_client, item, price, amount, change):
    """The question lists old and new, and nothing is saved until the answer."""
    address = reverse("admin:store_item_changelist")

    question = admin_client.post(address, _row(item, price))

    text = question.content.decode()
    assert "$2,499.00" in text
    assert change in text
    assert _prices(item) == (249900, 380000)
    _confirm(admin_client, address, question)
    item.refresh_from_db()
    assert (item.price_amount, item.position) == (amount, 7)


@pytest.mark.parametrize("price", ["2,000.00", "2,998.80", "2,499.00"])
def test_a_small_change_is_saved_at_once(admin_client, item, price):
    """A fifth up or down needs no second look."""
    admin_client.post(reverse("admin:store_item_changelist"), _row(item, price))

    item.refresh_from_db()
    assert item.position == 7


def test_a_form_asks_before_saving(admin_client, item):
    """The form asks about the price and about every price list."""
    address = reverse("admin:store_item_change", args=[item.pk])
    typed = {"price_amount": "249.90", "prices-0-amount": "38,000", "name": "Aya band"}

    question = admin_client.post(address, filled(admin_client.get(address)) | typed)

    assert len(question.context["changes"]) == 2
    assert _prices(item) == (249900, 380000)
    _confirm(admin_client, address, question)
    assert _prices(item) == (24990, 38000)
    assert item.name == "Aya band"


def test_a_price_list_asks_before_saving(admin_client, item):
    """The screen of price lists asks as the item's does."""
    address = reverse("admin:store_itemprice_change", args=[item.prices.get().pk])

    question = admin_client.post(
        address, filled(admin_client.get(address)) | {"amount": "38,000"}
    )

    assert "¥380,000" in question.content.decode()
    assert _prices(item) == (249900, 380000)


def test_another_currency_is_asked_about(admin_client, item):
    """The same number in another currency is another price."""
    address = reverse("admin:store_item_change", args=[item.pk])

    question = admin_client.post(
        address, filled(admin_client.get(address)) | {"currency": "EUR"}
    )

    assert "another currency" in question.content.decode()


def test_only_what_was_seen_is_confirmed(admin_client, item):
    """An answer to another question saves nothing, and the right one is asked."""
    address = reverse("admin:store_item_changelist")
    question = admin_client.post(address, _row(item, "249.90"))
    answer = dict(question.context["kept"]) | {"form-0-price_amount": "24.99"}

    again = admin_client.post(address, answer)

    assert again.context["changes"][0].new.amount == 2499
    assert _prices(item) == (249900, 380000)


def test_new_pictures_do_not_wait_for_an_answer(admin_client, item):
    """A browser cannot send a file twice: the page says what to do instead."""
    address = reverse("admin:store_item_change", args=[item.pk])
    upload = SimpleUploadedFile("new.jpg", make_picture().read(), "image/jpeg")
    typed = {
        "price_amount": "249.90",
        "images-TOTAL_FORMS": 1,
        "images-0-file": upload,
        "images-0-alt_text": "Aya ring, front.",
        "images-0-view": "front",
        "images-0-position": 0,
    }

    page = admin_client.post(address, filled(admin_client.get(address)) | typed)

    text = page.content.decode()
    assert "save the pictures with the old price" in text
    assert "Yes, change the prices" not in text


def test_a_wrong_price_is_told_first(admin_client, item):
    """A form with a mistake shows the mistake, not the question."""
    address = reverse("admin:store_item_change", args=[item.pk])
    typed = {"price_amount": "249.90", "name": ""}

    page = admin_client.post(address, filled(admin_client.get(address)) | typed)

    assert "This field is required." in page.content.decode()
