"""What is told only where money moves."""

import django
import pytest

from store.checks import deployment

SMTP = "django.core.mail.backends.smtp.EmailBackend"
LOCAL = "django.core.cache.backends.locmem.LocMemCache"
HAS_MAILERS = django.VERSION >= (6, 1)


@pytest.fixture
def mail_by(settings):
    """Return a function that sends mail by a backend, with or without a time-out."""

    def mail_by(backend, timeout):
        if HAS_MAILERS:
            options = {"host": "mail.example", "timeout": timeout}
            settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
        else:
            settings.EMAIL_BACKEND, settings.EMAIL_TIMEOUT = backend, timeout

    return mail_by


def tell():
    """Return what the checks say, by number."""
    return {message.id: message for message in deployment.check_deployment(None)}


def test_sound_deployment_is_silent():
    """A shop by https, with a shared cache, raises nothing."""
    assert tell() == {}


def test_plain_http_is_told(settings):
    """W003: an address that is not https."""
    settings.STORE = {**settings.STORE, "SITE_URL": "http://shop.example"}

    assert list(tell()) == ["store.W003"]


@pytest.mark.parametrize(
    ("backend", "timeout", "numbers"),
    [
        (SMTP, None, ["store.W004"]),
        (SMTP, 10, []),
        ("anymail.backends.postmark.EmailBackend", None, []),
    ],
)
def test_endless_mail_is_told(backend, timeout, numbers, mail_by):
    """W004: a mail server that may be silent for ever, with the line that ends it."""
    mail_by(backend, timeout)

    told = tell()

    assert list(told) == numbers
    assert all(" = 10" in message.hint for message in told.values())


@pytest.mark.skipif(not HAS_MAILERS, reason="this Django has no MAILERS")
def test_endless_mail_is_told_without_mailers(settings):
    """W004: before a host has written MAILERS, the old settings are looked at."""
    del settings.MAILERS

    assert list(tell()) == ["store.W004"]


def test_lonely_cache_is_told(settings):
    """W005: a cache that each process has for itself."""
    settings.CACHES = {"default": {"BACKEND": LOCAL}}

    assert list(tell()) == ["store.W005"]
