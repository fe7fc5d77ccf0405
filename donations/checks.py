"""Every misconfiguration of the donations app, told by a number and a mend.

Numbers are never reused. docs/settings.md explains each.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core import checks
from django.db import connections
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.module_loading import import_string

from donations.conf import KNOWN, conf

_RATE = re.compile(r"^[1-9]\d*/(sec|min|hour|day)\Z")
_RAILS_HINT = "DONATIONS['RAILS'] = {'stripe': 'store.services.transfers.StripeRail'}"
_VENDORS = ("postgresql", "sqlite")


@checks.register("donations")
def check_settings(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Check the `DONATIONS` dictionary, the database and the templates' place."""
    if not isinstance(getattr(settings, "DONATIONS", None), Mapping):
        return [_missing_dictionary()]
    rules: tuple[Callable[[], Iterator[checks.CheckMessage]], ...] = (
        _unknown_names,
        _merchant_name,
        _site_url,
        _numbers,
        _settlement_steps,
        _rails,
        _rates,
        _document_storage,
        _time_zones,
        _database,
        _templates,
    )
    return [message for rule in rules for message in rule()]


def _missing_dictionary() -> checks.CheckMessage:
    return checks.Error(
        "The DONATIONS dictionary is missing from the settings.",
        hint="DONATIONS = {'MERCHANT_NAME': 'Example Jewelers'}",
        id="donations.E001",
    )


def _unknown_names() -> Iterator[checks.CheckMessage]:
    for name in sorted(set(settings.DONATIONS) - KNOWN):
        near = difflib.get_close_matches(name, KNOWN, n=1)
        yield checks.Error(
            f"DONATIONS has no setting {name!r}.",
            hint=f"Did you mean {near[0]!r}?" if near else "Remove it.",
            id="donations.E002",
        )


def _merchant_name() -> Iterator[checks.CheckMessage]:
    if not conf.MERCHANT_NAME:
        yield checks.Error(
            "DONATIONS['MERCHANT_NAME'] is missing: pages must say who gives.",
            hint="DONATIONS['MERCHANT_NAME'] = 'Example Jewelers'",
            id="donations.E003",
        )


def _site_url() -> Iterator[checks.CheckMessage]:
    if not conf.SITE_URL.startswith(("https://", "http://")):
        yield checks.Error(
            f"DONATIONS['SITE_URL'] is {conf.SITE_URL!r}: mails to beneficiaries could "
            "not link to the pages.",
            hint="DONATIONS['SITE_URL'] = 'https://shop.example'",
            id="donations.E011",
        )


_NUMBERS = (
    ("SWEEP_CHUNK", 1, 500),
    ("SWEEP_AGE_SECONDS", 0, 60),
    ("BANK_DETAILS_WAIT_DAYS", 1, 7),
)


def _numbers() -> Iterator[checks.CheckMessage]:
    for name, least, default in _NUMBERS:
        number = getattr(conf, name)
        if type(number) is not int or number < least:
            yield checks.Error(
                f"DONATIONS[{name!r}] is {number!r}: it must be a whole number, "
                f"{least} or more.",
                hint=f"DONATIONS[{name!r}] = {default}",
                id="donations.E004",
            )


def _settlement_steps() -> Iterator[checks.CheckMessage]:
    steps = conf.SETTLEMENT_STEPS
    if not isinstance(steps, Mapping) or not all(
        type(step) is int and step > 0 for step in steps.values()
    ):
        yield checks.Error(
            "DONATIONS['SETTLEMENT_STEPS'] must give a whole number for each currency.",
            hint="DONATIONS['SETTLEMENT_STEPS'] = {'KWD': 10}",
            id="donations.E005",
        )


def _rails() -> Iterator[checks.CheckMessage]:
    if not isinstance(conf.RAILS, Mapping) or "bank" in conf.RAILS:
        yield checks.Error(
            "DONATIONS['RAILS'] must give a class for each name; the bank is built in.",
            hint=_RAILS_HINT,
            id="donations.E009",
        )
        return
    for name, path in conf.RAILS.items():
        try:
            import_string(path)
        except (AttributeError, ImportError):
            yield checks.Error(
                f"DONATIONS['RAILS'][{name!r}] is {path!r}: it cannot be imported.",
                hint=_RAILS_HINT,
                id="donations.E010",
            )


def _rates() -> Iterator[checks.CheckMessage]:
    for name, default in (("API_RATE", "120/min"), ("LINK_RATE", "30/min")):
        rate = getattr(conf, name)
        if not _RATE.match(rate):
            yield checks.Error(
                f"DONATIONS[{name!r}] is {rate!r}: it needs a number and a period.",
                hint=f"DONATIONS[{name!r}] = {default!r}",
                id="donations.E008",
            )


def _document_storage() -> Iterator[checks.CheckMessage]:
    if conf.DOCUMENT_STORAGE not in settings.STORAGES:
        yield checks.Error(
            f"DONATIONS['DOCUMENT_STORAGE'] is {conf.DOCUMENT_STORAGE!r}: STORAGES has "
            "no such name.",
            hint="DONATIONS['DOCUMENT_STORAGE'] = 'default'",
            id="donations.E016",
        )


@checks.register("donations", deploy=True)
def check_document_storage(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Warn when contracts lie where pictures do, which anybody may fetch."""
    if conf.DOCUMENT_STORAGE != "default":
        return []
    return [
        checks.Warning(
            "Contracts and consents are kept in the storage of public pictures.",
            hint="Name a private one in STORAGES and in DONATIONS['DOCUMENT_STORAGE'].",
            id="donations.W004",
        )
    ]


def _time_zones() -> Iterator[checks.CheckMessage]:
    if not settings.USE_TZ:
        yield checks.Error(
            "USE_TZ is off: the moments in the ledger would be ambiguous.",
            hint="USE_TZ = True",
            id="donations.E006",
        )


def _database() -> Iterator[checks.CheckMessage]:
    vendor = connections["default"].vendor
    if vendor not in _VENDORS:
        yield checks.Error(
            f"The ledger cannot protect itself on {vendor}: triggers are written for "
            "PostgreSQL and SQLite.",
            hint="DATABASES['default']['ENGINE'] = 'django.db.backends.postgresql'",
            id="donations.E007",
        )


def _templates() -> Iterator[checks.CheckMessage]:
    for name in ("donations/impact.html", conf.BASE_TEMPLATE):
        try:
            get_template(name)
        except TemplateDoesNotExist:
            yield checks.Warning(
                f"The template {name} is not found. A wheel carries ours; an "
                "editable install does not.",
                hint="TEMPLATES[0]['DIRS'] = [BASE_DIR / 'templates']"
                "  # the checkout's templates folder",
                id="donations.W001",
            )
