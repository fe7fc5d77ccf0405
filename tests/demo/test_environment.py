"""What the demo reads from its environment, and what it refuses."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from demo import environment

PRODUCTION = {
    "ALLOWED_HOSTS": "shop.example,www.shop.example",
    "DATABASE_URL": "postgresql://shop:sec%20ret@db.example:5433/shop?sslmode=require",
    "EMAIL_HOST": "mail.shop.example",
    "FROM_EMAIL": "orders@shop.example",
    "REDIS_URL": "redis://cache.example:6379/0",
    "SECRET_KEY": "not-secret",
    "SITE_URL": "https://shop.example/",
    "STRIPE_SECRET_KEY": "rk_live_0123456789abcdef",
    "STRIPE_WEBHOOK_SECRETS": "whsec_new,whsec_old",
}


@pytest.fixture
def environ(monkeypatch, tmp_path):
    """A function that sets the whole environment of the demo."""

    def put(**values):
        for name in (*environment.REQUIRED, "GOODCARAT_MODE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"GOODCARAT_VAR": str(tmp_path), **values}.items():
            monkeypatch.setenv(name, value)

    put()
    return put


@pytest.mark.usefixtures("environ")
def test_nothing_set_is_the_embedded_demo(tmp_path):
    """With nothing set, everything lies in the data directory."""
    found = environment.read_environment()

    assert not found.is_production
    assert found.database["NAME"] == tmp_path / "goodcarat.sqlite3"
    assert found.database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert found.redis_url.startswith("redis://127.0.0.1:")
    assert found.stripe_api_base == found.checkout_origin == "http://127.0.0.1:8001"
    assert found.media_root == tmp_path / "media"


@pytest.mark.usefixtures("environ")
def test_secrets_are_made_once():
    """Generated secrets stay the same at every start, and only we read them."""
    first, second = environment.read_environment(), environment.read_environment()

    assert first.secret_key == second.secret_key
    assert first.stripe_webhook_secrets == second.stripe_webhook_secrets
    assert (first.var / "secrets.json").stat().st_mode & 0o077 == 0


def test_complete_production_is_read(environ):
    """A complete production environment is taken as it is."""
    environ(**PRODUCTION)

    found = environment.read_environment()

    assert found.is_production
    assert found.allowed_hosts == ["shop.example", "www.shop.example"]
    assert found.site_url == found.site_origin == "https://shop.example"
    assert found.stripe_webhook_secrets == ["whsec_new", "whsec_old"]
    assert found.stripe_api_base == ""
    assert found.checkout_origin == "https://checkout.stripe.com"
    assert found.email["OPTIONS"]["host"] == "mail.shop.example"


def test_database_url_is_read_by_its_own_library(environ):
    """User, password, port and further options of the URL arrive."""
    environ(**PRODUCTION)

    database = environment.read_environment().database

    assert database["HOST"], database["PORT"] == ("db.example", "5433")
    assert (database["USER"], database["PASSWORD"]) == ("shop", "sec ret")
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]


@pytest.mark.parametrize("name", environment.REQUIRED)
def test_half_set_production_names_what_is_missing(environ, name):
    """One variable alone is refused, and the message names all the others."""
    environ(**{name: PRODUCTION[name]})

    with pytest.raises(ImproperlyConfigured) as refusal:
        environment.read_environment()

    named = str(refusal.value).partition("are missing:")[2]
    assert all(other in named for other in environment.REQUIRED if other != name)
    assert PRODUCTION[name] not in str(refusal.value)


def test_production_mode_alone_is_half_set(environ):
    """Asking for production without any variable is refused, too."""
    environ(GOODCARAT_MODE="production")

    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        environment.read_environment()


def test_embedded_mode_takes_named_servers(environ):
    """The demo runs on the servers that are named, when it is told to be a demo."""
    names = {name: PRODUCTION[name] for name in environment.SERVERS}
    environ(GOODCARAT_MODE="embedded", **names)

    found = environment.read_environment()

    assert not found.is_production
    assert found.redis_url == PRODUCTION["REDIS_URL"]
    assert found.database["ENGINE"].endswith("postgresql")


def test_embedded_mode_refuses_real_keys(environ):
    """A demo never runs with the keys of a real account."""
    environ(GOODCARAT_MODE="embedded", STRIPE_SECRET_KEY="rk_live_0123456789")

    with pytest.raises(ImproperlyConfigured, match="STRIPE_SECRET_KEY"):
        environment.read_environment()


@pytest.mark.parametrize(
    ("name", "value"),
    [("SITE_URL", "http://shop.example"), ("DATABASE_URL", "postgresql://a:b@c:d/e f")],
)
def test_bad_values_are_refused_by_name(environ, name, value):
    """A value that cannot be right is refused by its name, and not repeated."""
    environ(**(PRODUCTION | {name: value}))

    with pytest.raises(ImproperlyConfigured, match=name) as refusal:
        environment.read_environment()

    assert value not in str(refusal.value)


def test_bad_numbers_are_refused_by_name(environ):
    """A port that is no number is told by its name."""
    environ(**PRODUCTION, EMAIL_PORT="many")

    with pytest.raises(ImproperlyConfigured, match="EMAIL_PORT"):
        environment.read_environment()
