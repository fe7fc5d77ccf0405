"""Absolute addresses, made from the setting and never from the Host header."""

from urllib.parse import urljoin

from django.urls import reverse

from store.conf import conf


def absolute(address: str) -> str:
    """Return the address in full; one that is absolute already stays as it is."""
    return urljoin(f"{conf.SITE_URL}/", address)


def absolute_to(name: str, *args: str) -> str:
    """Return the full address of the view `name`."""
    return absolute(reverse(name, args=args))
