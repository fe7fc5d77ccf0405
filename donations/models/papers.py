"""The papers of a promise: contract, consents, register extracts, filings, waivers.

All but the contract are insert-only, and a contract is frozen once a published version
rests on it: the database refuses the rest (see the migration 0002_ledger_triggers).
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from donations.domain import territory


class Document(models.Model):
    """One file in the storage for papers, and the digest of what was stored."""

    title = models.CharField(max_length=200, help_text="The file's own name.")
    name = models.CharField(
        max_length=200, unique=True, help_text="Where the storage keeps it."
    )
    sha256 = models.CharField(
        "SHA-256",
        max_length=64,
        validators=[RegexValidator(r"^[0-9a-f]{64}\Z", "64 hexadecimal digits.")],
    )
    stored_at = models.DateTimeField()
    stored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    def __str__(self) -> str:
        """Return the file's own name and the beginning of its digest."""
        return f"{self.title} ({self.sha256[:12]})"


class Contract(models.Model):
    """What merchant and beneficiary signed, as section 8 of the donation rules asks."""

    reference = models.CharField(max_length=120, unique=True, help_text="FA-2026-01")
    goods = models.TextField(blank=True, help_text="What is sold under the promise.")
    territories = models.JSONField(
        default=list, blank=True, help_text="US, US-CA, GB, DE, EU."
    )
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day, included.")
    use_of_name = models.TextField(
        blank=True, help_text="How the beneficiary's name may be used."
    )
    amount_per_piece = models.CharField(
        max_length=200, blank=True, help_text="10% of the price of each piece"
    )
    final_accounting = models.TextField(
        blank=True, help_text="What the final accounting shows, and to whom."
    )
    final_accounting_on = models.DateField("final accounting due on")
    payment_manner = models.CharField(
        max_length=200, blank=True, help_text="By bank transfer, each quarter"
    )
    payment_on = models.DateField("last payment due on")
    merchant_signer = models.CharField(max_length=120, blank=True)
    merchant_role = models.CharField(max_length=120, blank=True)
    merchant_signed_on = models.DateField(null=True, blank=True)
    beneficiary_signer = models.CharField(max_length=120, blank=True)
    beneficiary_role = models.CharField(max_length=120, blank=True)
    beneficiary_signed_on = models.DateField(null=True, blank=True)
    document = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )

    class Meta:
        """Days in their order."""

        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="donations_contract_days_in_order",
                violation_error_message="The last day comes before the first.",
            ),
        ]

    def __str__(self) -> str:
        """Return the reference."""
        return self.reference

    def clean(self) -> None:
        """Refuse territories that are not known.

        Raises:
            ValidationError: a code stands for no territory; it is named.
        """
        try:
            territory.check_territories(self.territories)
        except territory.UnknownTerritoryError as error:
            raise ValidationError({"territories": str(error)}) from None


class Consent(models.Model):
    """A beneficiary's consent to a contract's promise: when, and by whom."""

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="consents"
    )
    beneficiary = models.ForeignKey(
        "donations.Beneficiary", on_delete=models.PROTECT, related_name="consents"
    )
    given_by = models.CharField(max_length=120, help_text="Name of the person.")
    role = models.CharField(max_length=120, help_text="For example: treasurer")
    given_on = models.DateField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        """Return who consented, and when."""
        return f"{self.given_by}, {self.given_on}"


class RegisterExtract(models.Model):
    """What a beneficiary's register said of it on a day."""

    beneficiary = models.ForeignKey(
        "donations.Beneficiary", on_delete=models.PROTECT, related_name="extracts"
    )
    taken_on = models.DateField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        """Return the day."""
        return f"Extract of {self.taken_on}"


class Filing(models.Model):
    """What became of a filing that the law asks for: done, or waived by a person.

    The latest row of a contract and a rule counts.
    """

    class Outcome(models.TextChoices):
        """Whether it was filed or somebody answers for it not being."""

        DONE = "done", "Done"
        WAIVED = "waived", "Waived"

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="filings"
    )
    rule = models.CharField(max_length=40, help_text="US-SC-contract")
    outcome = models.CharField(max_length=6, choices=Outcome.choices)
    filed_on = models.DateField(null=True, blank=True)
    reference = models.CharField(
        max_length=120, blank=True, help_text="As the authority calls it."
    )
    reason = models.TextField(blank=True, help_text="Why it is waived.")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        """A filing has a day and a reference, a waiver a reason."""

        permissions = [("waive_filing", "Can waive a filing that the law asks for")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="done", filed_on__isnull=False, reason="")
                & ~Q(reference="")
                | Q(outcome="waived", filed_on__isnull=True, reference="")
                & ~Q(reason=""),
                name="donations_filing_says_what_became",
            ),
        ]

    def __str__(self) -> str:
        """Return the rule and what became of it."""
        return f"{self.rule}: {self.outcome}"
