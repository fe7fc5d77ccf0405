"""Each misconfiguration is told by its number and a mend."""

import copy

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from store.checks import settings as rules


@pytest.fixture
def tell(settings):
    """Change the STORE dictionary and return what the checks say, by number."""

    def tell(**changes):
        settings.STORE = {**settings.STORE, **changes}
        return {message.id: message for message in rules.check_settings(None)}

    return tell


def test_sound_settings_are_silent(tell):
    """A complete dictionary raises nothing."""
    assert tell() == {}


@pytest.mark.parametrize("missing", [True, False])
def test_missing_dictionary_is_told(missing, settings):
    """E001: no dictionary, or something else in its place, with lines to paste."""
    if missing:
        del settings.STORE
    else:
        settings.STORE = "https://shop.example"

    (message,) = rules.check_settings(None)

    assert message.id == "store.E001"
    assert "STORE = {" in message.hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("STRIPE_SECRET", "Did you mean 'STRIPE_SECRET_KEY'?"),
        ("SITEURL", "Did you mean 'SITE_URL'?"),
        ("PETS", "Remove it."),
    ],
)
def test_unknown_name_suggests_the_nearest(name, hint, tell):
    """E002: a name we do not know, with the one that was probably meant."""
    message = tell(**{name: 1})["store.E002"]

    assert name in message.msg
    assert message.hint == hint


@pytest.mark.checklist("K3")
@pytest.mark.parametrize(
    ("number", "changes"),
    [
        ("store.E003", {"SITE_URL": "shop.example"}),
        ("store.E003", {"SITE_URL": "ftp://shop.example"}),
        ("store.E003", {"SITE_URL": "https://shop.example/shop"}),
        ("store.E003", {"SITE_URL": ""}),
        ("store.E004", {"MERCHANT_NAME": ""}),
        ("store.E005", {"STRIPE_SECRET_KEY": ""}),
        ("store.E005", {"STRIPE_SECRET_KEY": "pk_test_1"}),
        ("store.E005", {"STRIPE_SECRET_KEY": "sk_test_1\n"}),
        ("store.E006", {"STRIPE_WEBHOOK_SECRETS": []}),
        ("store.E006", {"STRIPE_WEBHOOK_SECRETS": None}),
        ("store.E006", {"STRIPE_WEBHOOK_SECRETS": "whsec_1"}),
        ("store.E006", {"STRIPE_WEBHOOK_SECRETS": ["whsec_1", "sk_test_1"]}),
        ("store.E007", {"STRIPE_SECRET_KEY": "sk_live_1"}),
        ("store.E007", {"STRIPE_SECRET_KEY": "rk_live_1"}),
        ("store.E008", {"SESSION_SECONDS": 1799}),
        ("store.E008", {"SESSION_SECONDS": 86_401, "HOLD_SECONDS": 90_000}),
        ("store.E009", {"SESSION_SECONDS": 2700}),
        ("store.E010", {"SHIPPING_COUNTRIES": []}),
        ("store.E010", {"TRANSFER_COUNTRIES": ["Japan"]}),
        ("store.E010", {"SHIPPING_COUNTRIES": "US"}),
        ("store.E010", {"SHIPPING_COUNTRIES": ["us"]}),
        ("store.E011", {"API_RATE": "often"}),
        ("store.E011", {"API_ORDER_RATE": "0/min"}),
        ("store.E012", {"SESSION_SECONDS": "1860"}),
        ("store.E012", {"HOLD_SECONDS": None}),
        ("store.E012", {"STRIPE_READ_TIMEOUT_SECONDS": True}),
        ("store.E012", {"STRIPE_CONNECT_TIMEOUT_SECONDS": 0}),
        ("store.E013", {"GATEWAY": "store.gateways.stripe.StripGateway"}),
        ("store.E013", {"GATEWAY": "nowhere"}),
        ("store.E011", {"GUESS_RATE": "20"}),
        ("store.E011", {"FORGERY_RATE": "20/week"}),
        ("store.E014", {"STRIPE_CONNECT_WEBHOOK_SECRETS": "whsec_1"}),
        ("store.E014", {"STRIPE_CONNECT_WEBHOOK_SECRETS": ["sk_test_1"]}),
        ("store.E015", {"CURRENCIES": []}),
        ("store.E015", {"CURRENCIES": "USD"}),
        ("store.E015", {"CURRENCIES": ["usd"]}),
        ("store.E015", {"CURRENCIES": None}),
        ("store.E016", {"TAXES": "store.gateways.taxes.Table"}),
        ("store.E017", {"PAYLOAD_DAYS": 0}),
        ("store.E017", {"PAYLOAD_DAYS": "30"}),
        ("store.E017", {"RECONCILE_CALLS_PER_SECOND": True}),
    ],
)
def test_each_mistake_has_its_number(number, changes, tell):
    """One mistake raises one error, and its hint is a line to paste."""
    told = tell(**changes)

    assert list(told) == [number]
    assert told[number].level >= 40
    assert told[number].hint.startswith("STORE[")


@pytest.mark.checklist("K3")
@pytest.mark.parametrize("key", ["sk_test_1", "rk_test_1"])
def test_test_key_warns_where_money_should_move(key, tell):
    """W001: a test key while DEBUG is off, and Stripe itself is asked."""
    told = tell(STRIPE_SECRET_KEY=key, STRIPE_API_BASE="")

    assert list(told) == ["store.W001"]
    assert told["store.W001"].hint.startswith("STORE['STRIPE_SECRET_KEY']")


@pytest.mark.checklist("K3")
@pytest.mark.parametrize(
    ("debug", "key", "api_base"),
    [
        (True, "sk_test_1", ""),
        (False, "sk_live_1", ""),
        (False, "rk_test_1", "http://127.0.0.1:1"),
    ],
)
def test_sound_keys_are_silent(debug, key, api_base, tell, settings):
    """K3: a test key under DEBUG or with a simulator, and a live key, are sound."""
    settings.DEBUG = debug

    assert tell(STRIPE_SECRET_KEY=key, STRIPE_API_BASE=api_base) == {}


def test_missing_templates_are_told(tell, settings):
    """W002: the templates of an editable install, with the line that finds them."""
    settings.TEMPLATES = [copy.deepcopy(settings.TEMPLATES[0]) | {"DIRS": []}]

    told = tell()

    assert list(told) == ["store.W002"]
    assert "'DIRS'" in told["store.W002"].hint


@pytest.mark.parametrize("number", ["1", -1, True])
def test_count_of_proxies_is_checked(number, tell, settings):
    """E018: a number of proxies that is none would let anybody choose an address."""
    settings.REST_FRAMEWORK = {"NUM_PROXIES": number}

    assert list(tell()) == ["store.E018"]


def test_mistakes_stop_the_start(settings):
    """Django itself refuses to go on, naming number and hint."""
    settings.STORE = {**settings.STORE, "STRIPE_SECRET_KEY": ""}

    with pytest.raises(SystemCheckError, match=r"store\.E005[\s\S]*HINT: STORE\["):
        call_command("check", "--tag", "store")


@pytest.mark.checklist("K2")
def test_no_message_shows_a_secret(tell):
    """K2: what is wrong with a key or a secret is said without quoting it."""
    told = tell(
        STRIPE_SECRET_KEY="sk-oops-quoted-1", STRIPE_WEBHOOK_SECRETS=["quoted-2"]
    )

    assert set(told) == {"store.E005", "store.E006"}
    assert "quoted" not in " ".join(str(message) for message in told.values())
