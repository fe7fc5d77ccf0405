"""Register numbers of beneficiaries."""

import pytest

from donations.domain import register


@pytest.mark.parametrize("number", ["36-3673599", "363673599", " 36-3673599 "])
def test_number_is_written_as_its_register_does(number):
    """However a number is typed, it is stored in one form."""
    assert register.normalize("US-EIN", number) == "36-3673599"


@pytest.mark.parametrize("number", ["", "36-367359", "07-1234567", "AB-3673599"])
def test_malformed_numbers_are_refused(number):
    """A number that the register could not have given out is named."""
    with pytest.raises(register.InvalidRegisterIdError, match="no US-EIN number"):
        register.normalize("US-EIN", number)


def test_unknown_registers_are_refused():
    """A register that we cannot check is not accepted."""
    with pytest.raises(register.InvalidRegisterIdError, match="not one of"):
        register.normalize("XX-ABC", "1")


@pytest.mark.parametrize(
    ("name", "typed", "written"),
    [
        ("AU-ABN", "83914571673", "83 914 571 673"),
        ("CA-CRA_ACR", "118830611 RR 0001", "118830611RR0001"),
        ("DE-CR", "Berlin (Charlottenburg) VR 3453", "Berlin (Charlottenburg) VR 3453"),
        ("FR-INSEE", "552008443", "552 008 443"),
        ("GB-CHC", " 1089464", "1089464"),
        ("GB-CHC", "202918", "202918"),
        ("GB-NIC", "100001", "NIC100001"),
        ("GB-SC", "sc 038731", "SC038731"),
        ("NL-KVK", "4121.5322", "41215322"),
        ("NO-BRC", "988077917", "988 077 917"),
    ],
)
def test_every_register_has_a_form(name, typed, written):
    """Each number is stored as its register writes it."""
    assert register.normalize(name, typed) == written


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("AU-ABN", "83914571674"),
        ("CA-CRA_ACR", "118830611RT0001"),
        ("CA-CRA_ACR", "118830612RR0001"),
        ("CA-CRA_ACR", "118830611"),
        ("DE-CR", "Atlantis VR 1"),
        ("FR-INSEE", "552008444"),
        ("GB-CHC", "12345"),
        ("GB-CHC", "SC038731"),
        ("GB-NIC", "NIC900001"),
        ("GB-SC", "SC938731"),
        ("NL-KVK", "1234567"),
        ("NO-BRC", "988077918"),
    ],
)
def test_every_register_refuses_typing_errors(name, number):
    """A wrong digit, another register's number and half a number are refused."""
    with pytest.raises(register.InvalidRegisterIdError, match=f"no {name} number"):
        register.normalize(name, number)
