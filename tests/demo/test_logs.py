"""No token reaches the log."""

import logging
import sys

import pytest

from demo.logs import RedactingFormatter

TOKEN = "EL43KUNaQfjqvwVmHF6BDQ"


def _record(message, *arguments, exc_info=None):
    return logging.LogRecord(
        "django.request", logging.WARNING, __file__, 1, message, arguments, exc_info
    )


@pytest.mark.parametrize(
    "path",
    [
        f"/orders/{TOKEN}/",
        f"/api/v1/orders/{TOKEN}/?format=json",
        f"/api/v1/carts/{TOKEN}/lines/",
        f"/impact/proof/{TOKEN}/",
        f"/impact/acknowledge/{TOKEN}/remittance.csv",
    ],
)
def test_tokens_in_paths_are_hidden(path):
    """A path that opens an order, a cart, a proof or a question loses its token."""
    line = RedactingFormatter("%(message)s").format(_record("Not Found: %s", path))

    assert TOKEN not in line
    assert "[token]" in line


def test_tokens_in_tracebacks_are_hidden():
    """A traceback that quotes the path loses the token as well."""
    try:
        raise ValueError(f"/orders/{TOKEN}/")
    except ValueError:
        record = _record("Internal Server Error", exc_info=sys.exc_info())

    assert TOKEN not in RedactingFormatter("%(message)s").format(record)


def test_other_paths_stay_readable():
    """Everything else is logged as it is."""
    line = RedactingFormatter("%(message)s").format(_record("GET %s", "/items/aya/"))

    assert line == "GET /items/aya/"
