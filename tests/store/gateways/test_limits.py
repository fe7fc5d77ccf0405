"""M2: amounts as Stripe counts them, there and back, and the least that can be paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.gateways import answers, base, limits, questions
from tests.store.gateways import asking

CURRENCIES = ("USD", "JPY", "KRW", "VND", "ISK", "UGX", "MGA", "KWD", "BHD", "JOD")


@pytest.mark.checklist("M2")
@pytest.mark.parametrize(
    ("amount", "currency", "sent"),
    [
        (1000, "USD", 1000),
        (500, "JPY", 500),
        (500, "KRW", 500),
        (500, "VND", 500),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (500, "MGA", 5),
        (5120, "KWD", 5120),
        (5120, "BHD", 5120),
        (5120, "JOD", 5120),
        (5120, "OMR", 5120),
        (5120, "TND", 5120),
        (1045, "HUF", 1045),
    ],
)
def test_amounts_are_sent_as_stripe_counts(amount, currency, sent):
    """M2: each currency goes out in the unit that Stripe's documentation asks for."""
    assert limits.to_stripe(amount, currency) == sent
    assert limits.from_stripe(sent, currency) == amount


@pytest.mark.checklist("M2")
@pytest.mark.parametrize(("amount", "currency"), [(5124, "KWD"), (550, "MGA")])
def test_amounts_that_cannot_be_paid_are_refused(amount, currency):
    """M2: the third decimal of dinars is 0; what has one is refused, not rounded."""
    with pytest.raises(base.MisconfiguredError, match=currency):
        limits.to_stripe(amount, currency)


@pytest.mark.checklist("M1")
@pytest.mark.parametrize("amount", [10.5, 10.0, "10", True])
def test_only_whole_numbers_are_sent(amount):
    """M1: a float raises in our code; Stripe would take it as it is."""
    with pytest.raises(TypeError):
        limits.to_stripe(amount, "USD")


@given(st.integers(0, 10**9), st.sampled_from(CURRENCIES))
def test_amounts_come_back_as_they_went(units, currency):
    """What Stripe answers is read in our own minor units again."""
    amount = units * 100

    assert limits.from_stripe(limits.to_stripe(amount, currency), currency) == amount


@pytest.mark.checklist("M2")
def test_session_is_asked_for_in_stripes_unit():
    """M2: lines and shipping of a payment page go through the same conversion."""
    charge = base.ShippingCharge("Courier", 40)
    request = asking.make_request(currency="ISK", shipping=charge)

    asked = questions.session(request)

    (line,), (option,) = asked["line_items"], asked["shipping_options"]
    assert line["price_data"]["unit_amount"] == 24_990_000
    assert option["shipping_rate_data"]["fixed_amount"]["amount"] == 4000


@pytest.mark.checklist("M2")
def test_refund_is_read_in_our_unit():
    """M2: a refund of 5 kronur, which Stripe calls 500, is a refund of 5."""
    refund = answers.read_refund(
        {
            "id": "re_1",
            "status": "succeeded",
            "amount": 500,
            "currency": "isk",
            "created": 0,
        }
    )

    assert (refund.amount, refund.currency) == (5, "ISK")


@pytest.mark.checklist("M4")
@pytest.mark.parametrize(
    ("currency", "least"),
    [("USD", 50), ("GBP", 30), ("JPY", 50), ("MXN", 1000), ("KWD", 0)],
)
def test_least_total_is_stripes(currency, least):
    """M4: the least that can be paid is Stripe's table; unknown is nothing."""
    assert limits.least_payable(currency) == least
