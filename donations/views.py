"""The impact pages: what was given, how it is computed, and whether it arrived."""

from collections.abc import Callable, Iterator
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe
from rest_framework.throttling import SimpleRateThrottle

from donations.conf import conf
from donations.services import (
    acknowledgements,
    badges,
    feeds,
    impact,
    proofs,
    remittances,
    statements,
)

# What outsiders check published files with.
_SCRIPT = "donations/verify_statement.py"
_BADGE_SECONDS = 300
_Arguments = ParamSpec("_Arguments")
_View = Callable[Concatenate[HttpRequest, _Arguments], HttpResponseBase]


class LinkThrottle(SimpleRateThrottle):
    """Slows down one address that opens too many links: it may be guessing."""

    scope = "donations-link"

    def get_rate(self) -> str:
        """Return the rate that the host has set."""
        return conf.LINK_RATE

    def get_cache_key(self, request: Any, view: Any) -> str:
        """Count by address; behind proxies it is found by DRF's `NUM_PROXIES`."""
        ident = self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}


@require_safe
def show_impact(request: HttpRequest) -> HttpResponse:
    """Show everything given, by pledge, and the social projects."""
    return _render(
        request,
        "impact.html",
        impact=impact.read_totals(),
        projects=impact.list_projects(),
        statements=statements.list_published(),
    )


@require_safe
def show_pledge(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one pledge with its terms, quarters and settlements."""
    try:
        found = impact.read_pledge_totals(slug=slug)
    except impact.PledgeNotFoundError as error:
        raise Http404(str(error)) from error
    signed = statements.list_published(pledge_id=found.terms.pledge_id)
    return _render(
        request, "pledge.html", pledge=found, terms=found.terms, statements=signed
    )


@require_safe
@cache_control(public=True, max_age=_BADGE_SECONDS)
def send_badge(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the badge of a pledge: a drawing that asks for nothing else."""
    try:
        badge = badges.read_badge(slug=slug)
    except impact.PledgeNotFoundError as error:
        raise Http404(str(error)) from error
    response = render(
        request, "donations/badge.svg", {"badge": badge}, content_type="image/svg+xml"
    )
    # A host's other pages may be on another domain.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def show_proof(request: HttpRequest, token: UUID) -> HttpResponse:
    """Show one donation: what it gave, under which seals, and whether it arrived."""
    try:
        proof = proofs.read_proof(token=token)
    except proofs.ProofNotFoundError as error:
        raise Http404(str(error)) from error
    page = _render(request, "proof.html", proof=proof, terms=proof.terms)
    page["X-Robots-Tag"] = "noindex"
    return page


@require_safe
def send_proof(request: HttpRequest, token: UUID) -> StreamingHttpResponse:
    """Send the proof of one donation as a document that programs check."""
    try:
        return _send(proofs.write_proof(token=token), f"proof-{token}.json")
    except proofs.ProofNotFoundError as error:
        raise Http404(str(error)) from error


@require_safe
def send_statement(
    request: HttpRequest, slug: str, number: int
) -> StreamingHttpResponse:
    """Send a signed statement as it was signed."""
    found = _find_statement(slug, number)
    lines = statements.write_json(closing_id=found.closing_id)
    return _send(lines, f"{found.file_name}.json")


@require_safe
def send_spreadsheet(
    request: HttpRequest, slug: str, number: int
) -> StreamingHttpResponse:
    """Send a signed statement as a spreadsheet."""
    found = _find_statement(slug, number)
    rows = statements.write_csv(closing_id=found.closing_id)
    return _send(rows, f"{found.file_name}.csv", "text/csv; charset=utf-8")


@require_safe
def send_seals(request: HttpRequest) -> StreamingHttpResponse:
    """Send every seal of the ledger."""
    return _send(feeds.write_seals(), "seals.json")


@require_safe
def send_feed(request: HttpRequest) -> StreamingHttpResponse:
    """Send totals, payments and statements for programs."""
    return _send(feeds.write_feed(), "feed.json")


def _find_statement(slug: str, number: int) -> statements.PublishedStatement:
    try:
        return statements.get_published(slug=slug, number=number)
    except statements.StatementNotFoundError as error:
        raise Http404(str(error)) from error


def _send(
    pieces: Iterator[str], name: str, kind: str = "application/json"
) -> StreamingHttpResponse:
    """Stream a published file; whoever keeps it finds it under its name."""
    response = StreamingHttpResponse(pieces, content_type=kind)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    # Published for everybody: another page may read it, too.
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _keep_link(view: _View[_Arguments]) -> _View[_Arguments]:
    """Let a page be opened by its link alone: not often, and never passed on."""

    @wraps(view)
    @cache_control(private=True, no_store=True)
    def answer(
        request: HttpRequest, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs
    ) -> HttpResponseBase:
        try:
            response = _answer_link(view, request, *args, **kwargs)
        except acknowledgements.LinkUnknownError as error:
            raise Http404(str(error)) from error
        # With "no-referrer" browsers hide where a form comes from, and it is refused.
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex"
        return response

    return answer


def _answer_link(
    view: _View[_Arguments],
    request: HttpRequest,
    *args: _Arguments.args,
    **kwargs: _Arguments.kwargs,
) -> HttpResponseBase:
    throttle = LinkThrottle()
    if not throttle.allow_request(request, None):  # type: ignore[arg-type]
        return HttpResponse(
            gettext("Too many links were opened from here. Wait a minute."),
            status=HTTPStatus.TOO_MANY_REQUESTS,
            headers={"Retry-After": str(int(throttle.wait() or 1))},
        )
    try:
        return view(request, *args, **kwargs)
    except acknowledgements.LinkUsedError:
        page = _render(request, "acknowledge_used.html")
        page.status_code = HTTPStatus.GONE
        return page


@require_http_methods(["GET", "HEAD", "POST"])
@_keep_link
def acknowledge(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether a payment arrived; only pressing a button answers, once.

    Reading changes nothing: programs that scan mails open every link.
    """
    question = acknowledgements.read_question(token=token)
    values: dict[str, Any] = {"question": question, "token": token}
    if request.method != "POST":
        return _render(request, "acknowledge.html", **values)
    name, reason = request.POST.get("name", ""), request.POST.get("reason", "")
    is_disputed = "dispute" in request.POST
    try:
        if is_disputed:
            acknowledgements.dispute(
                token=token, name=name, reason=reason, at=timezone.now()
            )
        else:
            acknowledgements.acknowledge(token=token, name=name, at=timezone.now())
    except acknowledgements.AnswerIncompleteError as error:
        values |= {"problem": error, "typed_name": name, "typed_reason": reason}
        page = _render(request, "acknowledge.html", **values)
        page.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return page
    return _render(
        request, "acknowledge_thanks.html", is_disputed=is_disputed, **values
    )


@require_safe
@_keep_link
def download_advice(request: HttpRequest, token: str) -> StreamingHttpResponse:
    """Send the remittance advice of the payment that a link is about, as CSV."""
    lines = remittances.write_csv(part=acknowledgements.find_part(token=token))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="remittance-advice.csv"'
    return response


def _render(request: HttpRequest, name: str, **values: Any) -> HttpResponse:
    context = {
        "base_template": conf.BASE_TEMPLATE,
        "merchant_name": conf.MERCHANT_NAME,
        "origin": request.build_absolute_uri("/").removesuffix("/"),
        "script_url": request.build_absolute_uri(static(_SCRIPT)),
        **values,
    }
    return render(request, f"donations/{name}", context)
