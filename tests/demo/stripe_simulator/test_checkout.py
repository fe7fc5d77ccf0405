"""Checkout Sessions through the real SDK."""

import pytest
import stripe

from tests.stripe_orders import session_params


def make_line(currency="usd", amount=249_900, quantity=1):
    """Return one line item."""
    product = {"name": "Ring"}
    price = {"currency": currency, "unit_amount": amount, "product_data": product}
    return {"price_data": price, "quantity": quantity}


def test_session_begins_open_and_unpaid(api):
    """A new Session is open, unpaid, and has no payment intent yet."""
    session = api.checkout.sessions.create(session_params())

    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.payment_intent is None
    assert session.url.endswith(f"/pay/{session.id}")


def test_session_repeats_what_the_shop_sent(api):
    """Reference, metadata, amount and expiry come back as they were sent."""
    sent = session_params(line_items=[make_line(quantity=2), make_line(amount=1)])

    session = api.checkout.sessions.create(sent)

    assert session.client_reference_id == sent["client_reference_id"]
    assert session.metadata.to_dict() == sent["metadata"]
    assert session.expires_at == sent["expires_at"]
    assert session.amount_total == 2 * 249_900 + 1


def test_line_items_are_listed_in_pages(api):
    """Line items of a Session are read page by page."""
    lines = [make_line(amount=1000 + n) for n in range(5)]
    session = api.checkout.sessions.create(session_params(line_items=lines))

    first = api.checkout.sessions.line_items.list(session.id, {"limit": 2})

    assert [line.amount_total for line in first.auto_paging_iter()] == [
        1000,
        1001,
        1002,
        1003,
        1004,
    ]


@pytest.mark.parametrize("seconds", [1700, 86_500])
def test_expiry_stays_between_half_hour_and_day(api, simulator, seconds):
    """A Session may not end before 30 minutes or after 24 hours."""
    moment = simulator.clock.seconds() + seconds

    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.checkout.sessions.create(session_params(expires_at=moment))

    assert caught.value.param == "expires_at"
    assert not simulator.sessions()


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"line_items": [make_line(amount=49)]}, "line_items", "amount_too_small"),
        ({"line_items": [make_line(amount=10**8)]}, "line_items", "amount_too_large"),
        (
            {"line_items": [make_line(amount=-1)]},
            "line_items[0][price_data][unit_amount]",
            "parameter_invalid_integer",
        ),
        (
            {"line_items": [make_line(), make_line("eur")]},
            "line_items",
            None,
        ),
        ({"success_url": None}, "success_url", "parameter_missing"),
        ({"success_url": "/orders/"}, "success_url", "url_invalid"),
        ({"customer_email": "nobody"}, "customer_email", "email_invalid"),
        ({"client_reference_id": "x" * 201}, "client_reference_id", None),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]", None),
        ({"metadata": {"k" * 41: "v"}}, "metadata", None),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, "metadata", None),
    ],
)
def test_wrong_parameter_is_named(api, simulator, change, param, code):
    """A value Stripe would refuse is refused by parameter and code."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.checkout.sessions.create(session_params(**change))

    assert (caught.value.param, caught.value.code) == (param, code)
    assert not simulator.sessions()


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"mode": "setup"}, "mode"),
        ({"ui_mode": "embedded_page"}, "ui_mode"),
        ({"billing_address_collection": "required"}, "billing_address_collection"),
        ({"adaptive_pricing": {"enabled": True}}, "adaptive_pricing[enabled]"),
        ({"allow_promotion_codes": True}, "allow_promotion_codes"),
        ({"discounts": [{"coupon": "x"}]}, "discounts"),
        (
            {"payment_intent_data": {"capture_method": "manual"}},
            "payment_intent_data[capture_method]",
        ),
    ],
)
def test_parameter_not_simulated_is_refused_by_name(api, change, param):
    """What Stripe knows and the simulator does not is refused, not ignored."""
    with pytest.raises(stripe.InvalidRequestError, match="not simulate") as caught:
        api.checkout.sessions.create(session_params(**change))

    assert caught.value.param == param


def test_first_shipping_option_counts_in_the_total(api):
    """The total contains the first shipping option until another is chosen."""
    amount = {"amount": 1500, "currency": "usd"}
    rate = {"display_name": "Courier", "type": "fixed_amount", "fixed_amount": amount}
    options = [{"shipping_rate_data": rate}]

    session = api.checkout.sessions.create(session_params(shipping_options=options))

    assert session.amount_total == 249_900 + 1500
    assert session.shipping_cost.amount_total == 1500


def test_excluded_bank_debit_is_not_offered(api):
    """A Session without bank debits offers cards only."""
    excluded = session_params(excluded_payment_method_types=["us_bank_account"])

    session = api.checkout.sessions.create(excluded)

    assert session.payment_method_types == ["card"]


def test_expired_session_tells_the_shop(api, simulator, webhook):
    """Expiring an open Session closes it for good and sends an event."""
    session = api.checkout.sessions.create(session_params())

    api.checkout.sessions.expire(session.id)
    simulator.deliver()

    assert api.checkout.sessions.retrieve(session.id).status == "expired"
    assert webhook.types() == ["checkout.session.expired"]
    assert simulator.pay(session.id).kind == "closed"
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        api.checkout.sessions.expire(session.id)


def test_session_expires_when_its_time_is_over(api, simulator):
    """Moving the clock past the end expires a Session without being asked."""
    session = api.checkout.sessions.create(session_params())

    simulator.clock.move(1861)

    assert api.checkout.sessions.retrieve(session.id).status == "expired"


def test_sessions_are_found_by_status_and_moment(api, simulator):
    """Lists filter by status and by the moment of creation."""
    early = api.checkout.sessions.create(session_params())
    simulator.clock.move(100)
    late = api.checkout.sessions.create(session_params(expires_at=None))
    api.checkout.sessions.expire(early.id)

    by_status = api.checkout.sessions.list({"status": "expired"})
    by_moment = api.checkout.sessions.list({"created": {"gt": early.created}})

    assert [session.id for session in by_status] == [early.id]
    assert [session.id for session in by_moment] == [late.id]


def test_sessions_are_found_by_payment_intent(api, simulator):
    """A list can be narrowed to the Session of one payment intent."""
    paid = api.checkout.sessions.create(session_params())
    api.checkout.sessions.create(session_params())
    simulator.pay(paid.id)
    intent = api.checkout.sessions.retrieve(paid.id).payment_intent

    found = api.checkout.sessions.list({"payment_intent": intent})

    assert [session.id for session in found] == [paid.id]


def test_unheeded_filter_is_refused(api):
    """A filter the simulator would ignore is refused by name."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.checkout.sessions.list({"customer": "cus_x"})

    assert caught.value.param == "customer"


def test_pages_walk_both_ways(api):
    """Cursors walk a list forward and backward without gaps."""
    made = [api.checkout.sessions.create(session_params()).id for _ in range(7)]

    forward = api.checkout.sessions.list({"limit": 3})
    back = api.checkout.sessions.list({"limit": 2, "ending_before": made[2]})

    assert [s.id for s in forward.auto_paging_iter()] == made[::-1]
    assert [s.id for s in back] == [made[4], made[3]]
    with pytest.raises(stripe.InvalidRequestError):
        api.checkout.sessions.list({"starting_after": "cs_test_nothing"})


def test_unknown_session_is_missing(api):
    """An id that was never given is answered with resource_missing."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.checkout.sessions.retrieve("cs_test_nothing")

    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
