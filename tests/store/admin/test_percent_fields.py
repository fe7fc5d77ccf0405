"""Percentages are typed as people write them, and stored in basis points."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from store.admin.percent_fields import PercentField
from store.models import TaxRate
from tests.extras_factories import make_tax
from tests.store.admin.forms import filled


@pytest.mark.parametrize(
    ("typed", "bps"),
    [("10", 1000), ("8.88", 888), ("7.5 %", 750), ("0", 0), (" 100% ", 10_000)],
)
def test_a_percentage_becomes_basis_points(typed, bps):
    """Decimals, blanks and the sign are read as people mean them."""
    assert PercentField().clean(typed) == bps


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("ten", "percent"),
        ("NaN", "percent"),
        ("1000", "range"),
        ("-1", "range"),
        ("8.875", "decimals"),
        ("", "required"),
    ],
)
def test_no_percentage_is_refused(typed, rule):
    """What cannot be stored is refused, with the rule."""
    with pytest.raises(ValidationError) as refused:
        PercentField().clean(typed)

    assert refused.value.code == rule


@pytest.mark.parametrize(("bps", "text"), [(1000, "10"), (888, "8.88"), (750, "7.5")])
def test_basis_points_are_shown_as_a_percentage(bps, text):
    """A stored percentage opens as people write it."""
    assert PercentField().prepare_value(bps) == text


def test_another_writing_is_no_change():
    """10, 10.00 and 10% are one; what cannot be read is a change."""
    field = PercentField()

    assert not any(field.has_changed(1000, typed) for typed in ("10", "10.00", "10%"))
    assert field.has_changed(1000, "11")
    assert field.has_changed(1000, "ten")


@pytest.mark.django_db
def test_a_tax_is_typed_in_percent(admin_client):
    """The tax of a place is shown and read as a percentage."""
    rate = make_tax(rate_bps=888)
    address = reverse("admin:store_taxrate_change", args=[rate.pk])
    page = admin_client.get(address)

    admin_client.post(address, filled(page) | {"rate_bps": "9.25"})

    assert 'value="8.88"' in page.content.decode()
    assert TaxRate.objects.get().rate_bps == 925
