"""What is wrong with the settings of money: keys, secrets, times, currencies."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from donations.domain import money
from store.conf import conf

_KEY = re.compile(r"^(sk|rk)_(test|live)_\w+\Z")
_SECRET = re.compile(r"^whsec_\w+\Z")
_NUMBERS = (
    "HOLD_SECONDS",
    "SESSION_SECONDS",
    "STRIPE_CONNECT_TIMEOUT_SECONDS",
    "STRIPE_READ_TIMEOUT_SECONDS",
)
_MINIMUM_SESSION_SECONDS = 30 * 60
_MAXIMUM_SESSION_SECONDS = 24 * 60 * 60


def find_mistakes() -> Iterator[checks.CheckMessage]:
    """Yield every mistake in these settings."""
    for rule in (
        _stripe_key,
        _webhook_secrets,
        _connect_secrets,
        _api_base,
        _gateway,
        _taxes,
        _currencies,
        _numbers,
        _times,
    ):
        yield from rule()


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
    if not secrets or not _are_secrets(secrets):
        yield checks.Error(
            "STORE['STRIPE_WEBHOOK_SECRETS'] must list the endpoint's signing secrets.",
            hint="STORE['STRIPE_WEBHOOK_SECRETS'] = "
            "[os.environ['STRIPE_WEBHOOK_SECRET']]  # whsec_...",
            id="store.E006",
        )


def _connect_secrets() -> Iterator[checks.CheckMessage]:
    if not _are_secrets(settings.STORE.get("STRIPE_CONNECT_WEBHOOK_SECRETS", [])):
        yield checks.Error(
            "STORE['STRIPE_CONNECT_WEBHOOK_SECRETS'] must list the signing secrets of "
            "the endpoint for connected accounts, or be left out.",
            hint="STORE['STRIPE_CONNECT_WEBHOOK_SECRETS'] = "
            "[os.environ['STRIPE_CONNECT_WEBHOOK_SECRET']]  # whsec_...",
            id="store.E014",
        )


def _are_secrets(value: Any) -> bool:
    # A text is a list of letters to Python.
    return isinstance(value, list | tuple) and all(
        _SECRET.match(str(secret)) for secret in value
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
    yield from _class("GATEWAY", "store.gateways.stripe.StripeGateway", "store.E013")


def _taxes() -> Iterator[checks.CheckMessage]:
    yield from _class("TAXES", "store.gateways.taxes.TaxTable", "store.E016")


def _class(name: str, default: str, number: str) -> Iterator[checks.CheckMessage]:
    path = getattr(conf, name)
    try:
        import_string(path)
    except ImportError:
        yield checks.Error(
            f"STORE[{name!r}] is {path!r}: no such class can be imported.",
            hint=f"STORE[{name!r}] = {default!r}",
            id=number,
        )


def _currencies() -> Iterator[checks.CheckMessage]:
    named: Any = settings.STORE.get("CURRENCIES", ["USD"])
    if isinstance(named, str) or not named or not all(map(_is_currency, named)):
        yield checks.Error(
            "STORE['CURRENCIES'] must list currencies as three capitals each, the "
            "first one by default.",
            hint="STORE['CURRENCIES'] = ['USD', 'EUR']",
            id="store.E015",
        )


def _is_currency(code: Any) -> bool:
    try:
        money.check_currency(code)
    except (TypeError, ValueError):
        return False
    return True


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
