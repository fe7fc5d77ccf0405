"""Staff who may look and not change read money and percentages, not stored numbers."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests import extras_factories
from tests.store_factories import make_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def looker(client, django_user_model):
    """A browser of somebody who may see everything and change nothing."""
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(clerk)
    return client


def _page(client, row):
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return client.get(reverse(name, args=[row.pk])).content.decode()


def test_an_item_is_read_in_its_currency(looker):
    """Its prices, and those of its price list, stand there as money."""
    item = make_item(price_amount=249_900, engraving_amount=4_500)
    extras_factories.make_price(item=item)

    page = _page(looker, item)

    for text in ("$2,499.00", "$45.00", "€2,299.00", "€150.00"):
        assert text in page
    assert not any(text in page for text in ("249900", "249,900", "229900", "15000"))


def test_a_list_is_read_in_words(looker):
    """Where others type prices in the list, they are shown."""
    make_item(price_amount=249_900)

    page = looker.get(reverse("admin:store_item_changelist")).content.decode()

    assert "$2,499.00" in page
    assert "249900" not in page


def test_a_voucher_is_read_in_words(looker):
    """Percentage, amount and least total are, too."""
    percent = extras_factories.make_voucher(discount_bps=750, minimum_amount=50_000)
    amount = extras_factories.make_voucher("FIFTY", discount_amount=5_000)

    assert "7.5%" in _page(looker, percent)
    assert "$500.00" in _page(looker, percent)
    assert "$50.00" in _page(looker, amount)


def test_shipping_and_tax_are_read_in_words(looker):
    """A zone's rates, a rate and a tax; what is not offered is a dash."""
    rate = extras_factories.make_rate(insurance_amount=None, free_over_amount=100_000)
    tax = extras_factories.make_tax(rate_bps=888)

    for page in (_page(looker, rate.zone), _page(looker, rate)):
        assert "$40.00" in page
        assert "$1,000.00" in page
        assert "4000" not in page
    assert "8.88%" in _page(looker, tax)


def test_who_may_change_types(admin_client):
    """For others the fields stay fields."""
    item = make_item(price_amount=249_900)

    page = _page(admin_client, item)

    assert 'name="price_amount" value="2,499.00"' in page
