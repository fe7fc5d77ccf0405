"""Settings and their defaults."""

import pytest

from store.conf import KNOWN, StoreSettings, conf


@pytest.fixture
def _nothing_set(settings):
    settings.STORE = {}
    settings.DEFAULT_FROM_EMAIL = "shop@shop.example"


@pytest.mark.checklist("K2")
@pytest.mark.usefixtures("_nothing_set")
@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("SITE_URL", ""),
        ("MERCHANT_NAME", ""),
        ("FROM_EMAIL", "shop@shop.example"),
        ("SUPPORT_EMAIL", "shop@shop.example"),
        ("GATEWAY", "store.gateways.stripe.StripeGateway"),
        ("STRIPE_SECRET_KEY", ""),
        ("STRIPE_WEBHOOK_SECRETS", []),
        ("STRIPE_CONNECT_WEBHOOK_SECRETS", []),
        ("STRIPE_API_BASE", ""),
        ("STRIPE_CONNECT_TIMEOUT_SECONDS", 3),
        ("STRIPE_READ_TIMEOUT_SECONDS", 15),
        ("SESSION_SECONDS", 31 * 60),
        ("HOLD_SECONDS", 45 * 60),
        ("SHIPPING_COUNTRIES", ["US"]),
        ("API_RATE", "120/min"),
        ("API_ORDER_RATE", "20/min"),
        ("GUESS_RATE", "20/min"),
        ("FORGERY_RATE", "60/min"),
        ("PAYLOAD_DAYS", 30),
        ("SAMPLE_DATA", False),
    ],
)
def test_setting_has_its_default(name, default):
    """Secrets have no default; everything else works as it comes."""
    assert name in KNOWN
    assert getattr(conf, name) == default


def test_every_setting_explains_itself():
    """Each setting has a docstring, so that a host can read what it does."""
    assert all(getattr(StoreSettings, name).__doc__ for name in KNOWN)


def test_setting_is_read_when_used(settings):
    """A setting changed at run time holds from then on."""
    settings.STORE = {"MERCHANT_NAME": "Another"}

    assert conf.MERCHANT_NAME == "Another"


def test_missing_dictionary_gives_defaults(settings):
    """Without the dictionary reading goes on, so that the check can speak."""
    del settings.STORE

    assert conf.HOLD_SECONDS == 45 * 60


def test_address_loses_its_slash(settings):
    """The shop's address ends without a slash, however it was written."""
    settings.STORE = {"SITE_URL": "https://shop.example/"}

    assert conf.SITE_URL == "https://shop.example"


def test_list_is_a_copy(settings):
    """Changing what was read changes no setting."""
    settings.STORE = {"SHIPPING_COUNTRIES": ["US"]}
    conf.SHIPPING_COUNTRIES.append("FR")

    assert conf.SHIPPING_COUNTRIES == ["US"]


@pytest.mark.parametrize(
    ("rest", "proxies"), [({}, 0), ({"NUM_PROXIES": None}, 0), ({"NUM_PROXIES": 2}, 2)]
)
def test_proxies_are_counted_as_the_api_counts_them(rest, proxies, settings):
    """Without a number no proxy is believed to stand in front."""
    settings.REST_FRAMEWORK = rest

    assert conf.count_proxies() == proxies


def test_a_door_that_does_not_exist_has_no_secret():
    """Only our two doors have secrets."""
    assert conf.webhook_secrets("garden") == []
