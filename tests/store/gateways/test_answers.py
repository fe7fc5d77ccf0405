"""Stripe's answers read into the port's types."""

import pytest

from store.gateways import answers

DISPUTE = {
    "id": "du_1",
    "status": "lost",
    "amount": 100_000,
    "currency": "jpy",
    "charge": "ch_1",
    "payment_intent": "pi_1",
    "reason": "fraudulent",
    "created": 1_772_443_800,
}


def withdrawn(currency, *amounts):
    """Return what a dispute with these balance transactions has withdrawn."""
    moves = [{"amount": amount, "currency": currency} for amount in amounts]
    data = DISPUTE | {"balance_transactions": moves}
    return answers.read_dispute(data).withdrawn_amount


@pytest.mark.checklist("R5")
@pytest.mark.parametrize(
    ("amounts", "kept"),
    [
        ((), 0),
        ((-100_000,), 100_000),
        ((-100_000, 100_000), 0),
        ((-100_000, 40_000), 60_000),
        ((-30_000,), 30_000),
        ((-100_001,), 100_000),
        ((-100_000, 100_001), 0),
    ],
)
def test_dispute_withdrew_what_it_took_and_kept(amounts, kept):
    """What was withdrawn is what moved: no more than is disputed, no less than 0."""
    assert withdrawn("jpy", *amounts) == kept


@pytest.mark.checklist("R5")
@pytest.mark.parametrize(
    ("amounts", "kept"),
    [
        ((-65_210,), 100_000),
        ((-65_210, 65_210), 0),
        ((-65_210, 66_000), 0),
        ((-65_210, 32_605), 50_000),
        ((-3, 2), 33_334),
    ],
)
def test_dispute_settled_in_another_currency_counts_in_its_own(amounts, kept):
    """Where the account has another currency the part that was kept counts."""
    assert withdrawn("usd", *amounts) == kept


def test_refund_carries_our_reference():
    """A refund of ours names its row; one made in the Dashboard names none."""
    data = {
        "id": "re_1",
        "status": "succeeded",
        "amount": 1,
        "currency": "usd",
        "payment_intent": "pi_1",
        "metadata": None,
        "created": 1_772_443_800,
    }
    ours = data | {"metadata": {"refund": "5f1e"}}

    assert answers.read_refund(data).reference == ""
    assert answers.read_refund(ours).reference == "5f1e"
