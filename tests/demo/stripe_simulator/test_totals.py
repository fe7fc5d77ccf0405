"""What a Session adds up to, and what the buyer sees of it before paying."""

import pytest
import stripe

from demo.stripe_simulator import taxes
from tests.stripe_orders import session_params

LINES = {"expand": ["line_items"]}
HOME = {
    "email": "ann@example.com",
    "name": "Ann Buyer",
    "line1": "1 Main Street",
    "city": "Oakland",
    "state": "CA",
    "postal_code": "94607",
    "country": "US",
}
CARD = {"use": "4242424242424242"}


def taxed(behavior, **changes):
    """Return the parameters of a Session that Stripe taxes."""
    product = {"name": "Ring"}
    price = {"currency": "usd", "unit_amount": 10_000, "product_data": product}
    lines = [{"price_data": price | {"tax_behavior": behavior}, "quantity": 2}]
    return session_params(automatic_tax={"enabled": True}, line_items=lines, **changes)


def shipping(*amounts, **changes):
    """Return shipping options of these amounts."""
    rates = [
        {
            "type": "fixed_amount",
            "display_name": f"Way {place}",
            "fixed_amount": {"amount": amount, "currency": "usd"},
            **changes,
        }
        for place, amount in enumerate(amounts)
    ]
    return [{"shipping_rate_data": rate} for rate in rates]


@pytest.mark.parametrize(
    ("behavior", "tax", "total"),
    [("exclusive", 1_450, 21_450), ("inclusive", 1_352, 20_000)],
)
def test_tax_stands_on_session_and_lines(api, simulator, behavior, tax, total):
    """Before the address there is no tax; after it, lines and Session agree."""
    session = api.checkout.sessions.create(taxed(behavior))

    simulator.pay(session.id)

    paid = api.checkout.sessions.retrieve(session.id, LINES)
    assert session.automatic_tax.status == "requires_location_inputs"
    assert (session.amount_total, session.total_details.amount_tax) == (20_000, 0)
    assert paid.automatic_tax.status == "complete"
    assert (paid.amount_total, paid.total_details.amount_tax) == (total, tax)
    (line,) = paid.line_items.data
    assert (line.amount_tax, line.amount_total) == (tax, total)
    assert api.charges.list().data[0].amount == total


@pytest.mark.parametrize(
    ("place", "bps"),
    [(("US", " ca "), 725), (("US", "OR"), 0), (("CA", "QC"), 500), (("XX", None), 0)],
)
def test_rate_follows_the_place(place, bps):
    """A region has its own rate, else the country's, else none."""
    assert taxes.rate_bps(*place) == bps


def test_buyer_sees_the_tax_before_paying(api, send):
    """A total that grew with the address is shown once more before it is charged."""
    session = api.checkout.sessions.create(taxed("exclusive"))
    seen = HOME | CARD | {"total": "20000"}

    first = send("GET", session.url)
    again = send("POST", session.url, data=seen)
    paid = send("POST", session.url, data=seen | {"total": "21450"})

    assert "Enter your address" in first.text
    assert "The total changed" in again.text
    assert "$214.50" in again.text
    assert api.charges.list().data[0].amount == 21_450
    assert paid.status_code == 303


def test_total_is_updated_without_paying(api, send):
    """The button counts tax and shipping for what was typed, and charges nothing."""
    options = shipping(500, 2_500, tax_behavior="inclusive")
    params = taxed("inclusive", shipping_options=options)
    session = api.checkout.sessions.create(params)
    other = session.shipping_options[1].shipping_rate

    step = HOME | {"step": "total", "shipping_rate": other}
    page = send("POST", session.url, data=step)

    assert "$225.00" in page.text
    assert "Tax, contained in the prices" in page.text
    assert 'value="Oakland"' in page.text
    assert not api.charges.list().data


@pytest.mark.parametrize(
    ("change", "param"),
    [
        (
            {"shipping_options": shipping(-1)},
            "shipping_options[0][shipping_rate_data][fixed_amount][amount]",
        ),
        (
            {
                "shipping_options": shipping(
                    1, fixed_amount={"amount": 1, "currency": "eur"}
                )
            },
            "shipping_options[0][shipping_rate_data][fixed_amount][currency]",
        ),
        ({"shipping_options": shipping(*range(6))}, "shipping_options"),
        (
            {"automatic_tax": {"enabled": True}},
            "line_items[0][price_data][tax_behavior]",
        ),
        (
            {"automatic_tax": {"enabled": True}, "shipping_address_collection": None},
            "automatic_tax[enabled]",
        ),
        ({"automatic_tax": {"liability": {"type": "self"}}}, "automatic_tax"),
    ],
)
def test_wrong_shipping_or_tax_is_refused_by_name(api, change, param):
    """Shipping and tax that do not add up are refused, with the parameter named."""
    with pytest.raises((stripe.InvalidRequestError, AssertionError)) as caught:
        api.checkout.sessions.create(session_params(**change))

    assert str(caught.value.param).startswith(param)


def test_shipping_counts_for_the_smallest_amount(api):
    """What is paid with shipping may reach the smallest amount that lines miss."""
    price = {"currency": "usd", "unit_amount": 20, "product_data": {"name": "Card"}}
    lines = [{"price_data": price, "quantity": 1}]

    with pytest.raises(stripe.InvalidRequestError, match="at least"):
        api.checkout.sessions.create(session_params(line_items=lines))
    changes = {"line_items": lines, "shipping_options": shipping(40)}
    made = api.checkout.sessions.create(session_params(**changes))

    assert (made.amount_subtotal, made.amount_total) == (20, 60)


@pytest.mark.parametrize(
    "query",
    [
        {"types": ["charge.updated"], "type": "charge.updated"},
        {"types": ["charge.updated"] * 21},
    ],
)
def test_events_are_asked_for_in_one_way(api, query):
    """Twenty types at most, or a single one."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.events.list(query)

    assert caught.value.param == "types"
