"""What matters only where money moves; told by `manage.py check --deploy`."""

import warnings
from collections.abc import Sequence
from typing import Any

import django
from django.apps.config import AppConfig
from django.conf import settings
from django.core import checks

from store.conf import conf

_SMTP = "django.core.mail.backends.smtp.EmailBackend"
# Each process has its own.
_LONELY_CACHES = (
    "django.core.cache.backends.locmem.LocMemCache",
    "django.core.cache.backends.dummy.DummyCache",
)


@checks.register("store", deploy=True)
def check_deployment(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Check the address, the mail server's time-out and the cache."""
    messages: list[checks.CheckMessage] = []
    if conf.SITE_URL.startswith("http://"):
        messages.append(_plain_http())
    if _may_mail_hang():
        messages.append(_endless_mail())
    if settings.CACHES["default"]["BACKEND"] in _LONELY_CACHES:
        messages.append(_lonely_cache())
    return messages


def _plain_http() -> checks.CheckMessage:
    return checks.Warning(
        "STORE['SITE_URL'] is not https.",
        hint="STORE['SITE_URL'] = 'https://shop.example'",
        id="store.W003",
    )


def _may_mail_hang() -> bool:
    mailers = getattr(settings, "MAILERS", None)
    if mailers:
        mailer = mailers.get("default", {})
        options = mailer.get("OPTIONS", {})
        return mailer.get("BACKEND") == _SMTP and not options.get("timeout")
    # From Django 6.1 on it warns of whoever reads these.
    with warnings.catch_warnings(action="ignore"):
        return bool(settings.EMAIL_BACKEND == _SMTP and not settings.EMAIL_TIMEOUT)


def _endless_mail() -> checks.CheckMessage:
    return checks.Warning(
        "The mail server may keep a worker waiting for ever: there is no time-out, and "
        "a worker that waits sweeps nothing.",
        hint="EMAIL_TIMEOUT = 10"
        if django.VERSION < (6, 1)
        else "MAILERS['default']['OPTIONS']['timeout'] = 10",
        id="store.W004",
    )


def _lonely_cache() -> checks.CheckMessage:
    return checks.Warning(
        "The default cache is not shared between processes: each counts guesses and "
        "forged webhooks for itself, and the doctor hears no worker.",
        hint="CACHES['default'] = {'BACKEND': "
        "'django.core.cache.backends.redis.RedisCache', 'LOCATION': "
        "os.environ['REDIS_URL']}",
        id="store.W005",
    )
