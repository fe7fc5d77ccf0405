"""Fills in the forms of the admin as a person does."""

from django.urls import reverse


def save_draft(client, draft, **changes):
    """Change some terms of a draft; return the page after it."""
    address = reverse("admin:donations_pledgeversion_change", args=[draft.pk])
    form = client.get(address).context["adminform"].form
    data = {field.html_name: field.value() or "" for field in form}
    data |= {"shares-TOTAL_FORMS": 0, "shares-INITIAL_FORMS": 0}
    return client.post(address, data | changes, follow=True).content.decode()
