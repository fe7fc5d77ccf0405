"""The forms of the admin as a browser would post them."""

from django import forms as django_forms


def filled(response):
    """Return what posting an opened form unchanged would send, rows included."""
    context = response.context
    bound = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        bound += [inline.formset.management_form, *inline.formset.forms]
    data = {}
    for form in bound:
        for field in form:
            data |= _values(field)
    return data


def _values(field):
    if isinstance(field.field, django_forms.FileField):
        return {}
    values = {field.html_name: _text(field)}
    if field.field.show_hidden_initial:
        values[field.html_initial_name] = _text(field)
    return values


def _text(field):
    value = field.value()
    return "" if value is None or value is False else str(value)
