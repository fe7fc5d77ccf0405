"""Forms of the storefront."""

from django.http import QueryDict

from store import forms


def _wishes(query):
    form = forms.FilterForm(QueryDict(query))
    form.is_valid()
    return form, form.wishes()


def test_unknown_choices_are_dropped():
    """A choice that does not exist is dropped, the others are kept."""
    _, wishes = _wishes("kind=ring&shade=C9&sort=best&available=on")

    assert wishes["kind"] == ["ring"]
    assert not wishes["shade"]
    assert not wishes["sort"]
    assert wishes["available"]


def test_each_filter_can_be_taken_away():
    """Every filter in use is named with the rest of the query, order included."""
    form, wishes = _wishes("kind=ring&shade=C5&shade=C6&available=on&sort=price")

    chips = dict(form.without_each(wishes))

    assert chips["Ring"] == "shade=C5&shade=C6&available=on&sort=price"
    assert chips["C5 dark champagne"] == "kind=ring&shade=C6&available=on&sort=price"
    assert chips["Available now"] == "kind=ring&shade=C5&shade=C6&sort=price"
