"""The hosted page, as a browser without script sees it."""

import re

import pytest

from tests.stripe_orders import session_params

GOOD = {
    "email": "ann@example.com",
    "name": "Ann Buyer",
    "line1": "1 Main Street",
    "city": "Springfield",
    "postal_code": "12345",
    "country": "US",
    "card": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
}


@pytest.fixture
def session(api):
    """An open Session."""
    return api.checkout.sessions.create(session_params())


def test_page_shows_what_is_paid(send, session):
    """Lines, total, the way back and the banner are on the page."""
    page = send("GET", session.url)

    assert page.status_code == 200
    assert "Ring, 0.5 ct" in page.text
    assert "Pay $2,499.00" in page.text
    assert 'href="https://shop.example/cart/"' in page.text
    assert "No money moves" in page.text


def test_page_has_no_script_and_a_strict_policy(send, session):
    """The policy allows own style and forms that lead to the shop, no more."""
    page = send("GET", session.url)

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' https://shop.example;" in policy
    assert not re.search(r"<script|style=|javascript:", page.text)


def test_paying_leads_back_to_the_shop(api, send, session):
    """A good card sends the buyer to the success address."""
    answer = send("POST", session.url, data=GOOD)

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"?s={session.id}")
    paid = api.checkout.sessions.retrieve(session.id)
    assert paid.customer_details.email == "ann@example.com"
    assert paid.collected_information.shipping_details.address.city == "Springfield"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "ann"}, "Enter your email address."),
        ({"line1": " "}, "Enter your address."),
        ({"postal_code": ""}, "Enter your postal code."),
        ({"country": "RU"}, "We do not ship to this country."),
        ({"card": "4242"}, "Your card number is invalid."),
        ({"expiry": "01 / 20"}, "expiration date is incomplete or past"),
        ({"expiry": "13 / 34"}, "expiration date is incomplete or past"),
        ({"cvc": "1"}, "security code is incomplete"),
    ],
)
def test_mistakes_are_told_at_their_field(send, simulator, session, change, words):
    """A wrong field is answered in words, with all that was typed kept."""
    page = send("POST", session.url, data=GOOD | change)

    assert page.status_code == 200
    assert words.replace("'", "&#x27;") in page.text
    assert 'value="Springfield"' in page.text
    assert not simulator.objects("payment_intent")


def test_decline_is_told_and_can_be_tried_again(send, session):
    """A declined card says why, and another one pays."""
    page = send("POST", session.url, data=GOOD | {"card": "4000000000009995"})
    again = send("POST", session.url, data=GOOD)

    assert "Your card has insufficient funds." in page.text
    assert again.status_code == 303


@pytest.mark.parametrize(("step", "status"), [("pass", 303), ("fail", 200)])
def test_authentication_step(api, send, session, step, status):
    """3DS asks on a page of its own, and passes or fails."""
    asked = send("POST", session.url, data=GOOD | {"card": "4000002760003184"})
    answer = send("POST", session.url, data={"step": step})

    assert "Confirm it is you" in asked.text
    assert answer.status_code == status
    paid = api.checkout.sessions.retrieve(session.id)
    assert (paid.status == "complete") == (step == "pass")
    assert paid.customer_details.name == "Ann Buyer"


def test_authentication_may_be_left(send, session):
    """Leaving the 3DS step shows the form again; another card pays."""
    send("POST", session.url, data=GOOD | {"card": "4000002760003184"})

    form = send("POST", session.url, data={"step": "cancel"})

    assert "Card number" in form.text
    assert send("POST", session.url, data=GOOD).status_code == 303


def test_step_without_question_pays_nothing(api, send, session):
    """A step that nobody asked for shows the form."""
    answer = send("POST", session.url, data={"step": "pass"})

    assert "Card number" in answer.text
    assert api.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize("use", ["4242424242424242", "debit_ok"])
def test_test_cards_pay_with_one_press(send, session, use):
    """A test card or bank debit from the list needs no typing."""
    typed = GOOD | {"card": "", "expiry": "", "cvc": ""}

    assert send("POST", session.url, data=typed | {"use": use}).status_code == 303


def test_chosen_shipping_is_paid(api, send):
    """The shipping method chosen on the page is in the amount paid."""
    rates = [("Post", 500), ("Courier", 1500)]
    options = [
        {
            "shipping_rate_data": {
                "display_name": name,
                "type": "fixed_amount",
                "fixed_amount": {"amount": amount, "currency": "usd"},
            }
        }
        for name, amount in rates
    ]
    session = api.checkout.sessions.create(session_params(shipping_options=options))
    courier = session.shipping_options[1].shipping_rate

    send("POST", session.url, data=GOOD | {"shipping_rate": courier})

    expand = {"expand": ["payment_intent", "shipping_cost.shipping_rate"]}
    paid = api.checkout.sessions.retrieve(session.id, expand)
    assert paid.payment_intent.amount == 249_900 + 1500
    assert paid.shipping_cost.shipping_rate.display_name == "Courier"


def test_page_is_gone_when_all_is_done(send, simulator, session):
    """A paid Session's page leads on to the shop and takes no second payment."""
    url = session.url
    simulator.pay(session.id)

    page = send("GET", url)
    send("POST", url, data=GOOD)

    assert "This payment is complete" in page.text
    assert len(simulator.objects("charge")) == 1


def test_expired_page_leads_back(send, simulator, session):
    """After its time a Session shows the way back and takes no payment."""
    simulator.clock.move(1861)

    page = send("POST", session.url, data=GOOD)

    assert "This page has expired" in page.text
    assert 'href="https://shop.example/cart/"' in page.text
    assert not simulator.objects("charge")


def test_unknown_page_is_not_found(send):
    """An invented Session has no page."""
    assert send("GET", "/pay/cs_test_nothing").status_code == 404


def test_text_of_the_shop_is_escaped(api, send):
    """Names from the shop cannot bring markup into the page."""
    product = {"name": "<b>Ring</b>", "images": ["https://elsewhere.example/x.jpg"]}
    price = {"currency": "jpy", "unit_amount": 9_000, "product_data": product}
    lines = [{"price_data": price, "quantity": 1}]
    session = api.checkout.sessions.create(session_params(line_items=lines))

    page = send("GET", session.url).text

    assert "&lt;b&gt;Ring" in page
    assert "¥9,000" in page
    assert "elsewhere.example" not in page
