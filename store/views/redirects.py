"""The answer to every accepted POST: 303, so that going back never posts again."""

from django.http import HttpResponseRedirect
from django.shortcuts import resolve_url


class SeeOther(HttpResponseRedirect):
    """A redirect that is always followed with GET."""

    status_code = 303


def see_other(to: str, *args: str) -> SeeOther:
    """Redirect to the page with this name, or to this absolute address."""
    return SeeOther(resolve_url(to, *args))
