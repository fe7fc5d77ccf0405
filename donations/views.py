"""The impact pages: what is due, set aside and settled, and how it is computed."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from donations.conf import conf
from donations.services import impact


@require_safe
def show_impact(request: HttpRequest) -> HttpResponse:
    """Show everything given, by pledge, and the social projects."""
    totals = impact.read_totals()
    projects = impact.list_projects()
    return _render(request, "impact.html", impact=totals, projects=projects)


@require_safe
def show_pledge(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one pledge with its terms, quarters and settlements."""
    try:
        found = impact.read_pledge_totals(slug=slug)
    except impact.PledgeNotFoundError as error:
        raise Http404(str(error)) from error
    return _render(request, "pledge.html", pledge=found, terms=found.terms)


def _render(request: HttpRequest, name: str, **values: Any) -> HttpResponse:
    context = {
        "base_template": conf.BASE_TEMPLATE,
        "merchant_name": conf.MERCHANT_NAME,
        **values,
    }
    return render(request, f"donations/{name}", context)
