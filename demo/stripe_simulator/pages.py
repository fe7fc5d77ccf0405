"""Renders the pages of the simulator; no script, a strict policy on each."""

import functools
import pathlib
from typing import Any

from django.template import Context, Engine

from demo.stripe_simulator import web

FOLDER = pathlib.Path(__file__).parent / "pages"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' {images}; "
    "form-action 'self' {targets}; base-uri 'none'; frame-ancestors 'none'"
)


@functools.cache
def engine() -> Engine:
    """Return the template engine, which needs no Django settings."""
    return Engine(dirs=[str(FOLDER)])


def render(
    name: str,
    values: dict[str, Any],
    *,
    status: int = 200,
    targets: str = "",
    images: str = "",
) -> web.Response:
    """Return a page; forms may lead on to `targets`, pictures come from `images`."""
    context = Context(values, use_l10n=False, use_tz=False)
    body = engine().get_template(name).render(context)
    policy = POLICY.format(targets=targets, images=images)
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": " ".join(policy.split()).replace(" ;", ";"),
        "Content-Type": "text/html; charset=utf-8",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(status, body.encode(), headers)


def stylesheet() -> web.Response:
    """Return the style of all pages."""
    body = (FOLDER / "simulator.css").read_bytes()
    headers = {"Content-Type": "text/css; charset=utf-8", "Cache-Control": "no-cache"}
    return web.Response(200, body, headers)
