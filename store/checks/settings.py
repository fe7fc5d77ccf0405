"""Every misconfiguration of the store, told at start-up by a number and a mend.

Numbers are never reused. docs/settings.md explains each.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps.config import AppConfig
from django.conf import settings
from django.core import checks
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.module_loading import import_string

from store.conf import KNOWN, conf

_KEY = re.compile(r"^(sk|rk)_(test|live)_\w+\Z")
_RATE = re.compile(r"^[1-9]\d*/(sec|min|hour|day)\Z")
_SECRET = re.compile(r"^whsec_\w+\Z")
_NUMBERS = (
    "HOLD_SECONDS",
    "SESSION_SECONDS",
    "STRIPE_CONNECT_TIMEOUT_SECONDS",
    "STRIPE_READ_TIMEOUT_SECONDS",
)
_MINIMUM_SESSION_SECONDS = 30 * 60
_MAXIMUM_SESSION_SECONDS = 24 * 60 * 60


@checks.register("store")
def check_settings(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Check the `STORE` dictionary and the templates' place."""
    values = getattr(settings, "STORE", None)
    if not isinstance(values, Mapping):
        return [_missing_dictionary()]
    rules: tuple[Callable[[], Iterator[checks.CheckMessage]], ...] = (
        _unknown_names,
        _site_url,
        _merchant_name,
        _stripe_key,
        _webhook_secrets,
        _api_base,
        _gateway,
        _numbers,
        _times,
        _countries,
        _rates,
        _templates,
    )
    return [message for rule in rules for message in rule()]


@checks.register("store", deploy=True)
def check_deployment(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Check what matters only where money moves."""
    messages: list[checks.CheckMessage] = []
    if conf.SITE_URL.startswith("http://"):
        messages.append(
            checks.Warning(
                "STORE['SITE_URL'] is not https.",
                hint="STORE['SITE_URL'] = 'https://shop.example'",
                id="store.W003",
            )
        )
    return messages


def _missing_dictionary() -> checks.CheckMessage:
    return checks.Error(
        "The STORE dictionary is missing from the settings.",
        hint="STORE = {'SITE_URL': 'https://shop.example', 'MERCHANT_NAME': '...', "
        "'STRIPE_SECRET_KEY': os.environ['STRIPE_SECRET_KEY'], "
        "'STRIPE_WEBHOOK_SECRETS': [os.environ['STRIPE_WEBHOOK_SECRET']]}",
        id="store.E001",
    )


def _unknown_names() -> Iterator[checks.CheckMessage]:
    for name in sorted(set(settings.STORE) - KNOWN):
        near = difflib.get_close_matches(name, KNOWN, n=1)
        yield checks.Error(
            f"STORE has no setting {name!r}.",
            hint=f"Did you mean {near[0]!r}?" if near else "Remove it.",
            id="store.E002",
        )


def _site_url() -> Iterator[checks.CheckMessage]:
    parts = urlsplit(conf.SITE_URL)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
        yield checks.Error(
            f"STORE['SITE_URL'] is {conf.SITE_URL!r}: it needs a scheme and a host, "
            "and no path.",
            hint="STORE['SITE_URL'] = 'https://shop.example'",
            id="store.E003",
        )


def _merchant_name() -> Iterator[checks.CheckMessage]:
    if not conf.MERCHANT_NAME:
        yield checks.Error(
            "STORE['MERCHANT_NAME'] is missing: pages must say who sells and gives.",
            hint="STORE['MERCHANT_NAME'] = 'Example Jewelers'",
            id="store.E004",
        )


def _stripe_key() -> Iterator[checks.CheckMessage]:
    key = _KEY.match(conf.STRIPE_SECRET_KEY)
    if not key:
        yield checks.Error(
            "STORE['STRIPE_SECRET_KEY'] is missing or is no secret or restricted key.",
            hint="STORE['STRIPE_SECRET_KEY'] = os.environ['STRIPE_SECRET_KEY']"
            "  # sk_test_..., rk_live_...",
            id="store.E005",
        )
    elif key[2] == "test" and not settings.DEBUG and not conf.STRIPE_API_BASE:
        yield checks.Warning(
            "STORE['STRIPE_SECRET_KEY'] is a test key and DEBUG is off: "
            "no money will move.",
            hint="STORE['STRIPE_SECRET_KEY'] = os.environ['STRIPE_SECRET_KEY']"
            "  # rk_live_...",
            id="store.W001",
        )


def _webhook_secrets() -> Iterator[checks.CheckMessage]:
    secrets = settings.STORE.get("STRIPE_WEBHOOK_SECRETS")
    if (
        isinstance(secrets, str)
        or not secrets
        or not all(_SECRET.match(str(secret)) for secret in secrets)
    ):
        yield _bad_secrets()


def _bad_secrets() -> checks.CheckMessage:
    return checks.Error(
        "STORE['STRIPE_WEBHOOK_SECRETS'] must list the endpoint's signing secrets.",
        hint="STORE['STRIPE_WEBHOOK_SECRETS'] = "
        "[os.environ['STRIPE_WEBHOOK_SECRET']]  # whsec_...",
        id="store.E006",
    )


def _api_base() -> Iterator[checks.CheckMessage]:
    if conf.STRIPE_API_BASE and "_live_" in conf.STRIPE_SECRET_KEY:
        yield checks.Error(
            "STORE['STRIPE_API_BASE'] is set together with a live key: live money "
            "must reach Stripe and nobody else.",
            hint="STORE['STRIPE_API_BASE'] = ''",
            id="store.E007",
        )


def _gateway() -> Iterator[checks.CheckMessage]:
    try:
        import_string(conf.GATEWAY)
    except ImportError:
        yield checks.Error(
            f"STORE['GATEWAY'] is {conf.GATEWAY!r}: no such class can be imported.",
            hint="STORE['GATEWAY'] = 'store.gateways.stripe.StripeGateway'",
            id="store.E013",
        )


def _numbers() -> Iterator[checks.CheckMessage]:
    for name in _NUMBERS:
        value = getattr(conf, name)
        if not _is_number(value):
            yield checks.Error(
                f"STORE[{name!r}] is {value!r}: it needs a number of seconds.",
                hint=f"STORE[{name!r}] = int(os.environ[{name!r}])",
                id="store.E012",
            )


def _is_number(value: object) -> bool:
    # True is an int to Python, and nobody's number of seconds.
    return isinstance(value, int | float) and value is not True and value > 0


def _times() -> Iterator[checks.CheckMessage]:
    seconds = conf.SESSION_SECONDS
    if not (_is_number(seconds) and _is_number(conf.HOLD_SECONDS)):
        return
    if not _MINIMUM_SESSION_SECONDS <= seconds <= _MAXIMUM_SESSION_SECONDS:
        yield checks.Error(
            f"STORE['SESSION_SECONDS'] is {seconds}: Stripe allows 1800 to 86400.",
            hint="STORE['SESSION_SECONDS'] = 1860",
            id="store.E008",
        )
    if seconds >= conf.HOLD_SECONDS:
        yield checks.Error(
            "STORE['HOLD_SECONDS'] must be longer than STORE['SESSION_SECONDS']: "
            "a piece stays held until Stripe says that the Session expired.",
            hint=f"STORE['HOLD_SECONDS'] = {seconds + 840}",
            id="store.E009",
        )


def _countries() -> Iterator[checks.CheckMessage]:
    countries = conf.SHIPPING_COUNTRIES
    if not countries or not all(re.match(r"^[A-Z]{2}\Z", c) for c in countries):
        yield checks.Error(
            "STORE['SHIPPING_COUNTRIES'] must list countries as two capitals each.",
            hint="STORE['SHIPPING_COUNTRIES'] = ['US']",
            id="store.E010",
        )


def _rates() -> Iterator[checks.CheckMessage]:
    rates = {
        "API_RATE": conf.API_RATE,
        "API_ORDER_RATE": conf.API_ORDER_RATE,
        "API_WRITE_RATE": conf.API_WRITE_RATE,
    }
    for name, rate in rates.items():
        if not _RATE.match(rate):
            yield checks.Error(
                f"STORE[{name!r}] is {rate!r}: it needs a number and a period.",
                hint=f"STORE[{name!r}] = '120/min'",
                id="store.E011",
            )


def _templates() -> Iterator[checks.CheckMessage]:
    try:
        get_template("store/base.html")
    except TemplateDoesNotExist:
        yield checks.Warning(
            "The template store/base.html is not found. A wheel carries it; an "
            "editable install does not.",
            hint="TEMPLATES[0]['DIRS'] = [BASE_DIR / 'templates']"
            "  # the checkout's templates folder",
            id="store.W002",
        )
