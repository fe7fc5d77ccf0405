"""The screens on which one person proposes bank details and another confirms them."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from donations.models import BankAccount
from tests import donations_factories as factories
from tests.donations import settling

IBAN = "GB33BUKB20201555555555"
LIST = "admin:donations_bankaccount_changelist"
pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    """What a person types."""
    return {
        "beneficiary": factories.make_beneficiary().pk,
        "holder": "Feeding America",
        "currency": "EUR",
        "iban": "GB33 BUKB 2020 1555 5555 55",
    }


@pytest.fixture
def proposer(client):
    """A browser of the first person."""
    client.force_login(settling.make_people()[0])
    return client


def propose(client, form):
    """Send the form; return the page after it."""
    url = reverse("admin:donations_bankaccount_add")
    return client.post(url, form, follow=True).content.decode()


def find_screen():
    """Return the address of the only proposal."""
    pk = BankAccount.objects.get().pk
    return reverse("admin:donations_bankaccount_change", args=[pk])


def decide(client, button):
    """Press a button on the screen of the only proposal."""
    url = reverse(
        "admin:donations_bankaccount_change", args=[BankAccount.objects.get().pk]
    )
    return client.post(url, {button: "1"}, follow=True)


def test_proposal_waits_for_another_person(proposer, form):
    """It is stored as the bank writes it, and listed by its last digits."""
    propose(proposer, form)

    assert BankAccount.objects.get().iban == IBAN
    page = proposer.get(reverse(LIST)).content.decode()
    assert "•••• 5555" in page
    assert IBAN not in page
    assert "waits for a second person" in page


def test_wrong_number_is_told_at_its_field(proposer, form):
    """A typing error is told before anything is stored."""
    page = propose(proposer, form | {"iban": "GB33BUKB20201555555556"})

    assert "Not a valid number" in page
    assert not BankAccount.objects.exists()


def test_unknown_currency_is_told(proposer, form):
    """A currency is three capitals."""
    propose(proposer, form | {"currency": "euro"})

    assert not BankAccount.objects.exists()


def test_proposer_has_no_button_to_confirm(proposer, form):
    """The person who proposed it can only take it back; a forged press is refused."""
    propose(proposer, form)
    url = reverse(
        "admin:donations_bankaccount_change", args=[BankAccount.objects.get().pk]
    )

    assert 'name="confirm"' not in proposer.get(url).content.decode()
    page = decide(proposer, "confirm").content.decode()

    assert "Nothing was done" in page
    assert "waits for a second person" in page


def test_second_person_confirms(proposer, form):
    """With the whole number before their eyes, another person confirms it."""
    propose(proposer, form)
    proposer.force_login(settling.make_people()[1])

    page = decide(proposer, "confirm").content.decode()

    assert IBAN in page
    assert "confirmed by bob, in effect from" in page


def test_second_person_refuses(proposer, form):
    """What is refused never takes effect."""
    propose(proposer, form)
    proposer.force_login(settling.make_people()[1])

    assert "refused by bob" in decide(proposer, "refuse").content.decode()


def test_deciding_needs_its_right(proposer, form, client):
    """Looking at bank details gives nobody the right to confirm them."""
    propose(proposer, form)
    looker = User.objects.create_user("eve", password="s3cret", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_bankaccount"))
    client.force_login(looker)

    assert decide(client, "confirm").status_code == 403
