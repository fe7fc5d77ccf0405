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

from store.checks import payments
from store.conf import KNOWN, conf

_RATE = re.compile(r"^[1-9]\d*/(sec|min|hour|day)\Z")
_RATES = ("API_RATE", "API_ORDER_RATE", "API_WRITE_RATE", "GUESS_RATE", "FORGERY_RATE")
_COUNTS = {"PAYLOAD_DAYS": 30, "RECONCILE_CALLS_PER_SECOND": 4}


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
        payments.find_mistakes,
        _countries,
        _rates,
        _counts,
        _proxies,
        _templates,
    )
    return [message for rule in rules for message in rule()]


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


def _countries() -> Iterator[checks.CheckMessage]:
    countries = conf.SHIPPING_COUNTRIES
    if not countries or not all(re.match(r"^[A-Z]{2}\Z", c) for c in countries):
        yield checks.Error(
            "STORE['SHIPPING_COUNTRIES'] must list countries as two capitals each.",
            hint="STORE['SHIPPING_COUNTRIES'] = ['US']",
            id="store.E010",
        )
    if not all(re.match(r"^[A-Z]{2}\Z", c) for c in conf.TRANSFER_COUNTRIES):
        yield checks.Error(
            "STORE['TRANSFER_COUNTRIES'] must list countries as two capitals each.",
            hint="STORE['TRANSFER_COUNTRIES'] = ['JP']",
            id="store.E010",
        )


def _rates() -> Iterator[checks.CheckMessage]:
    for name in _RATES:
        rate = getattr(conf, name)
        if not _RATE.match(rate):
            yield checks.Error(
                f"STORE[{name!r}] is {rate!r}: it needs a number and a period.",
                hint=f"STORE[{name!r}] = '120/min'",
                id="store.E011",
            )


def _counts() -> Iterator[checks.CheckMessage]:
    for name, default in _COUNTS.items():
        value = getattr(conf, name)
        if type(value) is not int or value < 1:
            yield checks.Error(
                f"STORE[{name!r}] is {value!r}: it needs a whole number, 1 or more.",
                hint=f"STORE[{name!r}] = {default}",
                id="store.E017",
            )


def _proxies() -> Iterator[checks.CheckMessage]:
    proxies = conf.count_proxies()
    if type(proxies) is not int or proxies < 0:
        yield checks.Error(
            f"REST_FRAMEWORK['NUM_PROXIES'] is {proxies!r}: it needs the number of "
            "your proxies, which the shop reads as well.",
            hint="REST_FRAMEWORK['NUM_PROXIES'] = 1",
            id="store.E018",
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
