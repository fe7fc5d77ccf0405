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
