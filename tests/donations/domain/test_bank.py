"""Bank details are checked before anybody trusts them, and masked where listed."""

import pytest

from donations.domain import bank

IBAN = "GB33BUKB20201555555555"


def details(**values):
    """Return right details in euros, but for what the test says."""
    return bank.BankDetails(
        **{"holder": "Feeding America", "currency": "EUR", "iban": IBAN, **values}
    )


def test_iban_is_written_one_way():
    """Spaces and small letters make no other account."""
    found = bank.normalize(details(iban="gb33 bukb 2020 1555 5555 55", bic="bukbgb22"))

    assert (found.iban, found.bic) == (IBAN, "BUKBGB22")


def test_american_account_has_a_routing_number():
    """Where there is no IBAN, the routing number's check digit is looked at."""
    found = bank.normalize(
        details(iban="", account_number="12 34 56", routing_number="021000021")
    )

    assert (found.account_number, found.routing_number) == ("123456", "021000021")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"iban": "GB33BUKB20201555555556"}, "iban"),
        ({"iban": ""}, "iban"),
        ({"account_number": "123"}, "iban"),
        ({"bic": "X"}, "bic"),
        ({"holder": " "}, "holder"),
        ({"iban": "", "account_number": "1", "routing_number": "1"}, "routing_number"),
    ],
)
def test_wrong_details_name_their_field(values, field):
    """A typing error is told where it was typed."""
    with pytest.raises(bank.BankDetailsError) as raised:
        bank.normalize(details(**values))

    assert raised.value.field == field


def test_lists_show_the_last_digits():
    """Enough to tell two accounts apart, and no more."""
    assert details().masked == "•••• 5555"


def test_digest_covers_every_word():
    """Any other word is another account."""
    changed = [
        details(holder="X"),
        details(currency="GBP"),
        details(bic="BUKBGB22"),
        details(bank_name="B"),
    ]

    assert len({one.canonical for one in [details(), *changed]}) == 5
