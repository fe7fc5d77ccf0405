"""Pages that a secret address or a number opens: who guesses has to wait."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from store.services import limits

_Rest = ParamSpec("_Rest")
_View = Callable[Concatenate[HttpRequest, _Rest], HttpResponse]


def limit_guesses(view: _View[_Rest]) -> _View[_Rest]:
    """Count the 404s of a view by address; beyond the limit answer 429 to that address.

    While an address waits it is shown nothing, right or wrong: else it could go on and
    look for the one answer that differs.
    """

    @wraps(view)
    def limited(
        request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs
    ) -> HttpResponse:
        wait = seconds_to_wait(request)
        if wait:
            return refuse(request, wait)
        try:
            return view(request, *args, **kwargs)
        except Http404:
            count_guess(request)
            raise

    return limited


def seconds_to_wait(request: HttpRequest) -> int:
    """Return how long the sender must wait before the next guess, mostly 0."""
    return limits.seconds_to_wait(
        scope=limits.GUESSES,
        address=limits.find_address(meta=request.META),
        at=timezone.now(),
    )


def count_guess(request: HttpRequest) -> None:
    """Count one wrong guess of the sender."""
    limits.count_miss(
        scope=limits.GUESSES,
        address=limits.find_address(meta=request.META),
        at=timezone.now(),
    )


def refuse(request: HttpRequest, wait: int) -> HttpResponse:
    """Answer 429: this visitor must wait."""
    response = render(request, "store/429.html", {"seconds": wait}, status=429)
    response["Retry-After"] = str(wait)
    response["Cache-Control"] = "private, no-store"
    return response
