"""Certificates: every version ever issued, to read and to check, never to change."""

import json
from typing import Any

from django.contrib import admin
from django.utils.html import format_html

from store.admin import screens
from store.models import Certificate, CustodyEvent, Stone
from store.services import certificates


@admin.register(Certificate)
class CertificateScreen(screens.ReadOnlyScreen):
    """The frozen provenance of pieces."""

    show_facets = admin.ShowFacets.ALWAYS
    list_display = ["number", "version", "piece_link", "status", "issued_at"]
    list_select_related = ["piece"]
    list_filter = ["status", "weakest_basis", "piece__item__collection"]
    search_fields = ["number", "piece__serial_number", "digest"]
    search_help_text = "Number, serial number or digest"
    date_hierarchy = "issued_at"
    ordering = ["-pk"]
    readonly_fields = ["piece_link", "is_intact", "document"]
    fieldsets = [
        (None, {"fields": [("number", "version"), "piece_link", "status"]}),
        ("Frozen", {"fields": ["issued_at", "weakest_basis", "digest", "is_intact"]}),
        ("Document", {"fields": ["document"]}),
    ]
    piece_link = screens.link_column("piece", "Piece")

    @admin.display(description="Text matches its digest", boolean=True)
    def is_intact(self, certificate: Any) -> bool:
        """Recompute the digest of the frozen text."""
        return certificates.verify_certificate(certificate=certificate)

    @admin.display(description="Contents")
    def document(self, certificate: Any) -> str:
        """Show the frozen document, indented for reading."""
        facts = json.loads(certificate.text)
        return format_html(
            "<pre>{}</pre>", json.dumps(facts, indent=2, ensure_ascii=False)
        )


@admin.register(CustodyEvent)
class CustodyEventScreen(screens.ReadOnlyScreen):
    """Steps of all chains, to find one by its document; edited at their piece."""

    list_display = [
        "piece_link",
        "sequence",
        "kind",
        "place",
        "date_text",
        "actor",
        "document",
    ]
    list_display_links = ["sequence"]
    list_select_related = ["piece"]
    list_filter = ["kind", "basis", "place_precision", "country"]
    search_fields = ["document", "document_sha256", "actor", "piece__serial_number"]
    search_help_text = "Document, its SHA-256, firm or serial number"
    show_full_result_count = False
    ordering = ["-pk"]
    piece_link = screens.link_column("piece", "Piece")
    readonly_fields = ["piece_link"]
    exclude = ["piece"]


@admin.register(Stone)
class StoneScreen(screens.ReadOnlyScreen):
    """Stones of all pieces, to find one by its report; edited at their piece."""

    list_display = [
        "piece_link",
        "position",
        "kind",
        "carat",
        "cut",
        "shade",
        "report_number",
    ]
    list_display_links = ["position"]
    list_select_related = ["piece"]
    list_filter = ["kind", "basis", "shade", "cut"]
    search_fields = ["report_number", "inscription", "piece__serial_number"]
    search_help_text = "Report, inscription or serial number"
    show_full_result_count = False
    ordering = ["-pk"]
    piece_link = screens.link_column("piece", "Piece")
    readonly_fields = ["piece_link"]
    exclude = ["piece"]
