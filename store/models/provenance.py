"""Custody events and the certificates made from them.

A certificate's text is frozen when it is issued: a correction is a new version.
"""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from store.domain import certificate as facts

_SHA256 = RegexValidator(r"^[0-9a-f]{64}\Z", "64 lowercase hexadecimal digits.")


class CustodyEvent(models.Model):
    """One step in a piece's history: what, where, when, who, and on what document."""

    class Kind(models.TextChoices):
        """What happened; the order here is the order of the journey."""

        MINED = facts.EventKind.MINED.value, "Mined"
        SORTED = facts.EventKind.SORTED.value, "Sorted"
        KP_EXPORTED = facts.EventKind.KP_EXPORTED.value, "Exported as rough"
        IMPORTED = facts.EventKind.IMPORTED.value, "Imported"
        PLANNED = facts.EventKind.PLANNED.value, "Planned"
        CUT = facts.EventKind.CUT.value, "Cut"
        POLISHED = facts.EventKind.POLISHED.value, "Polished"
        GRADED = facts.EventKind.GRADED.value, "Graded"
        INSCRIBED = facts.EventKind.INSCRIBED.value, "Inscribed"
        TRADED = facts.EventKind.TRADED.value, "Traded"
        METAL_SOURCED = facts.EventKind.METAL_SOURCED.value, "Metal sourced"
        SET = facts.EventKind.SET.value, "Set"
        HALLMARKED = facts.EventKind.HALLMARKED.value, "Hallmarked"
        RECEIVED = facts.EventKind.RECEIVED.value, "Received by us"

    class DatePrecision(models.TextChoices):
        """How exactly the date is known."""

        DAY = facts.DatePrecision.DAY.value, "to the day"
        MONTH = facts.DatePrecision.MONTH.value, "to the month"
        YEAR = facts.DatePrecision.YEAR.value, "to the year"
        NOT_KNOWN = facts.DatePrecision.NOT_KNOWN.value, "not known"

    class PlacePrecision(models.TextChoices):
        """How exactly the place is known."""

        THIS_PLACE = facts.PlacePrecision.THIS_PLACE.value, "this very place"
        THIS_COUNTRY = facts.PlacePrecision.THIS_COUNTRY.value, "this country"
        PRODUCERS_SORT = (
            facts.PlacePrecision.PRODUCERS_SORT.value,
            "the producer's sort of several mines",
        )
        NOT_KNOWN = facts.PlacePrecision.NOT_KNOWN.value, "not known"

    class Basis(models.TextChoices):
        """What the claim rests on, strongest first."""

        LABORATORY = facts.Basis.LABORATORY.value, "examined by a laboratory"
        AUDITED = facts.Basis.AUDITED.value, "audited by a third party"
        DOCUMENT_HELD = facts.Basis.DOCUMENT_HELD.value, "document held"
        OWN_RECORD = facts.Basis.OWN_RECORD.value, "our own record"
        STATED_BY_SUPPLIER = (
            facts.Basis.STATED_BY_SUPPLIER.value,
            "stated by the supplier",
        )
        NOT_KNOWN = facts.Basis.NOT_KNOWN.value, "not known"

    piece = models.ForeignKey(
        "store.Piece", on_delete=models.CASCADE, related_name="events"
    )
    sequence = models.PositiveSmallIntegerField(help_text="1 is the first step.")
    kind = models.CharField(max_length=15, choices=Kind.choices)
    place = models.CharField(
        max_length=120, help_text="Facility and region, for example: Mirny, Yakutia"
    )
    country = models.CharField(
        max_length=2,
        validators=[RegexValidator(r"^[A-Z]{2}\Z", "Two capitals, for example RU.")],
    )
    place_precision = models.CharField(
        max_length=15,
        choices=PlacePrecision.choices,
        default=PlacePrecision.THIS_PLACE,
    )
    happened_on = models.DateField(null=True, blank=True)
    date_precision = models.CharField(
        max_length=10, choices=DatePrecision.choices, default=DatePrecision.DAY
    )
    actor = models.CharField(max_length=120, help_text="The firm that did it.")
    document = models.CharField(
        max_length=120, blank=True, help_text="Name and number of the document."
    )
    document_file = models.FileField(upload_to="store/documents/", blank=True)
    document_sha256 = models.CharField(
        "document's SHA-256",
        max_length=64,
        blank=True,
        validators=[_SHA256],
        help_text="Computed from the file when one is uploaded.",
    )
    basis = models.CharField(
        max_length=20, choices=Basis.choices, default=Basis.NOT_KNOWN
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """One event per place in the chain."""

        constraints = [
            models.UniqueConstraint(
                fields=["piece", "sequence"], name="store_custodyevent_one_per_sequence"
            ),
        ]

    def __str__(self) -> str:
        """Return the step's number and kind."""
        return f"{self.sequence}. {self.get_kind_display()}"

    @property
    def date_text(self) -> str:
        """Return the date no more exactly than it is known."""
        return facts.date_text(self.happened_on, self.date_precision)


class Certificate(models.Model):
    """The signed-off provenance of one piece, frozen as text with its digest."""

    class Status(models.TextChoices):
        """Whether the certificate speaks for the piece today."""

        ISSUED = "issued", "Valid"
        SUPERSEDED = "superseded", "Superseded by a newer version"
        REVOKED = "revoked", "Revoked"

    piece = models.ForeignKey(
        "store.Piece", on_delete=models.PROTECT, related_name="certificates"
    )
    number = models.CharField(
        max_length=16, help_text="Random, so that pages cannot be walked."
    )
    version = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.ISSUED
    )
    text = models.TextField(help_text="The frozen canonical JSON (RFC 8785).")
    digest = models.CharField(max_length=64, validators=[_SHA256])
    weakest_basis = models.CharField(max_length=20)
    issued_at = models.DateTimeField()

    class Meta:
        """One live certificate a piece, one row a version."""

        constraints = [
            models.UniqueConstraint(
                fields=["number", "version"], name="store_certificate_one_per_version"
            ),
            models.UniqueConstraint(
                fields=["piece"],
                condition=Q(status="issued"),
                name="store_certificate_one_live_per_piece",
            ),
        ]

    def __str__(self) -> str:
        """Return number and version."""
        return f"{self.number} v{self.version}"

    def get_absolute_url(self) -> str:
        """Return the address of the certificate's page."""
        return reverse("store:certificate", args=[self.number])
