"""What the gateway asks of Stripe, and what it makes of the answers."""

import os
from datetime import timedelta

import pytest
import stripe

from store.gateways import base, sdk
from store.gateways import stripe as stripe_gateway
from tests.store.gateways.asking import AT, ORDER, make_refund, make_request


def pay(gateway, simulator, card="4242424242424242"):
    """Open a payment page, pay it, and return the fetched Session."""
    session = gateway.start_session(make_request())
    simulator.pay(session.id, card)
    return gateway.fetch_session(session.id)


def test_opened_page_has_an_address(gateway):
    """A new Session is open and unpaid, and has the page's address."""
    session = gateway.start_session(make_request())

    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.url.endswith(session.id)
    assert session.order == ORDER
    assert session.expires_at == AT + timedelta(minutes=31)


def test_page_shows_amount_in_minor_units(gateway, simulator):
    """Stripe is told integers and a lowercase currency; we read capitals again."""
    session = gateway.start_session(make_request())

    (stored,) = simulator.sessions()
    assert (stored["amount_total"], stored["currency"]) == (249_900, "usd")
    assert (session.amount, session.currency) == (249_900, "USD")


def test_lines_add_up_to_the_amount(gateway):
    """Each line is one piece; the Session's amount is their sum."""
    lines = (base.SessionLine("Ring", "DTC-1", 100), base.SessionLine("Pin", "X", 250))

    session = gateway.start_session(make_request(lines=lines))

    assert session.amount == 350


@pytest.mark.checklist("M1")
def test_float_amount_never_leaves(gateway, simulator):
    """A float is refused before Stripe is called."""
    lines = (base.SessionLine("Ring", "DTC-1", 10.5),)

    with pytest.raises(TypeError):
        gateway.start_session(make_request(lines=lines))

    assert simulator.calls == []


@pytest.mark.checklist("S3")
def test_metadata_is_one_opaque_id(gateway, simulator):
    """Session and payment carry the order's opaque id and nothing of the customer."""
    session = pay(gateway, simulator)

    (stored,) = simulator.sessions()
    (intent,) = simulator.objects("payment_intent")
    assert stored["client_reference_id"] == ORDER
    assert stored["metadata"] == intent["metadata"] == {"order": ORDER}
    assert session.intent_id == intent["id"]


def test_page_offers_no_code_and_no_conversion(gateway, simulator):
    """Promotion codes and other currencies, which change the amount, are off."""
    gateway.start_session(make_request())

    (stored,) = simulator.sessions()
    assert stored["allow_promotion_codes"] is False
    assert stored["adaptive_pricing"] == {"enabled": False}


def test_page_asks_for_address_in_our_countries(gateway, simulator):
    """The page collects an address in the countries we ship to."""
    gateway.start_session(make_request(shipping_countries=("US", "FR")))

    (stored,) = simulator.sessions()
    allowed = stored["shipping_address_collection"]["allowed_countries"]
    assert allowed == ["US", "FR"]


def test_paid_session_brings_address_and_payment(gateway, simulator):
    """A paid Session tells who pays, where it goes, and the payment's ids."""
    session = pay(gateway, simulator)

    assert (session.status, session.payment_status) == ("complete", "paid")
    assert session.intent_id.startswith("pi_")
    assert session.charge_id.startswith("ch_")
    assert session.email == "buyer@example.com"
    assert session.address.country == "US"
    assert session.address.full_name
    assert session.address.postal_code


def test_fee_comes_after_capture(gateway, simulator):
    """Fee and net are unknown at first and add up to the amount later."""
    early = pay(gateway, simulator)

    simulator.finish_captures()

    late = gateway.fetch_session(early.id)
    assert early.fee_amount is None
    assert late.fee_amount > 0
    assert late.fee_amount + late.net_amount == late.amount


def test_open_page_can_be_closed(gateway):
    """An expired Session is closed for good."""
    session = gateway.start_session(make_request())

    closed = gateway.expire_session(session.id)

    assert closed.status == "expired"
    assert gateway.fetch_session(session.id).status == "expired"


def test_paid_page_cannot_be_closed(gateway, simulator):
    """Closing a page that is not open is declined, not unavailable."""
    session = pay(gateway, simulator)

    with pytest.raises(base.DeclinedError):
        gateway.expire_session(session.id)


def test_sessions_are_found_by_order(gateway):
    """All Sessions of one order within the time are found, others are not."""
    wanted = {
        gateway.start_session(make_request(idempotency_key=f"key-{n}")).id
        for n in range(2)
    }
    gateway.start_session(make_request(order="another", idempotency_key="key-x"))

    hour = timedelta(hours=1)
    found = gateway.find_sessions(order=ORDER, since=AT - hour, until=AT + hour)

    assert {session.id for session in found} == wanted
    assert gateway.find_sessions(order=ORDER, since=AT + hour, until=AT + hour) == []


def test_search_reads_every_page(gateway):
    """A search goes on past the hundred Sessions of one page."""
    first = gateway.start_session(make_request())
    for number in range(100):
        key = f"order-other-attempt-{number}"
        gateway.start_session(make_request(order="another", idempotency_key=key))

    hour = timedelta(hours=1)
    found = gateway.find_sessions(order=ORDER, since=AT - hour, until=AT + hour)

    assert [session.id for session in found] == [first.id]


def test_refund_sends_money_back(gateway, simulator):
    """A refund names its payment, amount, currency and state."""
    session = pay(gateway, simulator)

    refund = gateway.refund(make_refund(session))

    assert refund == gateway.fetch_refund(refund.id)
    assert refund.id.startswith("re_")
    assert (refund.amount, refund.currency) == (249_900, "USD")
    assert (refund.status, refund.intent_id) == ("succeeded", session.intent_id)


@pytest.mark.checklist("M1")
def test_float_refund_never_leaves(gateway, simulator):
    """A refund of a float is refused before Stripe is called."""
    session = pay(gateway, simulator)
    calls = len(simulator.calls)

    with pytest.raises(TypeError):
        gateway.refund(make_refund(session, amount=10.5))

    assert len(simulator.calls) == calls


def test_slow_refund_is_pending_first(gateway, simulator):
    """A refund that takes a while is pending until Stripe has finished it."""
    session = pay(gateway, simulator, card="4000000000007726")
    refund = gateway.refund(make_refund(session))

    simulator.settle_refunds()

    assert refund.status == "pending"
    assert gateway.fetch_refund(refund.id).status == "succeeded"


@pytest.mark.checklist("K1")
def test_restricted_key_is_enough(gateway, settings):
    """Everything works with a restricted key in the place of a secret one."""
    settings.STORE = {**settings.STORE, "STRIPE_SECRET_KEY": "rk_test_0123456789"}

    session = gateway.start_session(make_request())

    assert gateway.fetch_session(session.id).status == "open"


@pytest.mark.parametrize(
    ("key", "livemode"),
    [("sk_test_1", False), ("rk_test_1", False), ("sk_live_1", True)],
)
def test_mode_is_the_keys(key, livemode, settings):
    """The gateway is live exactly when its key is."""
    settings.STORE = {**settings.STORE, "STRIPE_SECRET_KEY": key}

    assert stripe_gateway.StripeGateway().livemode is livemode


def test_settings_name_the_gateway():
    """The gateway is the class named in the settings, by default Stripe's."""
    assert isinstance(base.get_gateway(), stripe_gateway.StripeGateway)


@pytest.mark.checklist("K5")
def test_calls_say_who_asks_and_nothing_else(door, gateway):
    """A call carries our name; telemetry about this machine is off."""
    for _ in range(2):
        gateway.start_session(make_request())

    assert b'"name":"django-goodcarat"' in door.sent.replace(b'": "', b'":"')
    assert b"telemetry" not in door.sent.lower()
    assert stripe.enable_telemetry is False


def test_checkout_of_the_source_has_no_version(monkeypatch):
    """A checkout that is not installed says its name without a version."""
    assert sdk._version() is not None

    monkeypatch.setattr(sdk, "_PACKAGE", "not-installed-at-all")

    assert sdk._version() is None


@pytest.mark.checklist("I4")
def test_waiting_times_reach_the_sdk(settings):
    """By default a call may take 3 s to connect and 15 s to be answered."""
    client = sdk.client()

    http_client = client._requestor._get_http_client()

    assert http_client._timeout == (3, 15)


def test_changed_key_gets_its_own_client(settings):
    """A client belongs to its key; the same settings share one."""
    before = sdk.client()
    settings.STORE = {**settings.STORE, "STRIPE_SECRET_KEY": "sk_test_other"}

    assert sdk.client() is sdk.client()
    assert sdk.client() is not before


@pytest.mark.checklist("K7")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_connections_do_not_cross_a_fork(gateway):
    """A forked worker makes a client of its own, and can use it."""
    session = gateway.start_session(make_request())
    parents = sdk.client()

    child = os.fork()
    if not child:
        is_open = gateway.fetch_session(session.id).status == "open"
        is_own = sdk.client() is not parents
        os._exit(0 if is_open and is_own else 1)
    _, ended = os.waitpid(child, 0)

    assert ended == 0
    assert sdk.client() is parents
