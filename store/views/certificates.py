"""The certificate of one piece, as a page and as the frozen text itself."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from store.conf import conf
from store.models import Certificate
from store.services import certificates
from store.views import guesses


@require_safe
@guesses.limit_guesses
def show_certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Show the newest version of a certificate, written from its frozen text alone."""
    certificate = _find(number)
    document: dict[str, Any] = json.loads(certificate.text)
    item = certificate.piece.item
    context = {
        "certificate": certificate,
        "document": document,
        "item_url": item.get_absolute_url() if item.published_at else "",
        "warning": _warning(certificate),
        "is_intact": certificates.verify_certificate(certificate=certificate),
        "canonical_url": conf.SITE_URL + certificate.get_absolute_url(),
    }
    return render(request, "store/certificate.html", context)


@require_safe
@guesses.limit_guesses
def send_certificate_text(request: HttpRequest, number: str) -> HttpResponse:
    """Send the very bytes that the digest was made from."""
    certificate = _find(number)
    return HttpResponse(
        certificate.text.encode(),
        content_type="application/json",
        headers={"ETag": f'"{certificate.digest}"'},
    )


def _find(number: str) -> Certificate:
    certificate = (
        Certificate.objects.filter(number=number)
        .select_related("piece__item")
        .order_by("-version")
        .first()
    )
    if certificate is None:
        raise Http404(number)
    return certificate


def _warning(certificate: Certificate) -> str:
    if certificate.status == Certificate.Status.REVOKED:
        return gettext("We have revoked this certificate. Do not rely on it.")
    if certificate.status == Certificate.Status.SUPERSEDED:
        return gettext(
            "This certificate is being corrected. A newer version will replace it."
        )
    return ""
