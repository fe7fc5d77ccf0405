"""Causes, the beneficiaries that are paid, and the projects shown on impact pages."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from donations.conf import conf
from donations.domain import register

# Paid by a person, who enters the bank's reference; every other rail is a setting.
BANK = "bank"


class Cause(models.Model):
    """What the money is for."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, help_text="COVID-19 Response Fund")
    summary = models.TextField(blank=True, help_text="Two or three sentences.")

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Beneficiary(models.Model):
    """The legal body that is paid."""

    class Status(models.TextChoices):
        """Whether the body consented and may be paid."""

        PROPOSED = "proposed", "Proposed: consent is missing"
        ACTIVE = "active", "Active: consented, may be paid"
        CLOSED = "closed", "Closed: no new pledges"

    legal_name = models.CharField(max_length=200, help_text="Feeding America")
    register = models.CharField(
        max_length=12,
        choices=[(name, name) for name in sorted(register.REGISTERS)],
        default="US-EIN",
    )
    register_id = models.CharField(
        "register number", max_length=32, help_text="36-3673599"
    )
    website = models.URLField(blank=True)
    contact_email = models.EmailField(
        "address for payments",
        blank=True,
        help_text="Is told of each payment, and asked to acknowledge it.",
    )
    status = models.CharField(
        max_length=8, choices=Status.choices, default=Status.PROPOSED
    )
    rail = models.CharField(
        max_length=20,
        default="bank",
        help_text='How it is paid: "bank" by hand, or a rail that the settings name.',
    )
    rail_account = models.CharField(
        "account at the rail",
        max_length=60,
        blank=True,
        help_text="As the rail calls it: acct_1Qx... at Stripe. Blank for a bank.",
    )

    class Meta:
        """A body is listed once."""

        verbose_name_plural = "beneficiaries"
        constraints = [
            models.UniqueConstraint(
                fields=["register", "register_id"],
                name="donations_beneficiary_registered_once",
                violation_error_message="This register number is listed already.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "active", "closed"]),
                name="donations_beneficiary_known_status",
            ),
            models.CheckConstraint(
                condition=Q(rail="bank") | ~Q(rail_account=""),
                name="donations_beneficiary_rail_has_account",
                violation_error_message="This rail needs an account to pay to.",
            ),
        ]

    def __str__(self) -> str:
        """Return the legal name."""
        return self.legal_name

    def clean(self) -> None:
        """Write the register number as its register does.

        Raises:
            ValidationError: the register could not have given out this number, or the
                settings name no such rail.
        """
        if self.rail != BANK and self.rail not in conf.RAILS:
            known = ", ".join([BANK, *sorted(conf.RAILS)])
            raise ValidationError({"rail": f"No such rail. There are: {known}."})
        try:
            self.register_id = register.normalize(self.register, self.register_id)
        except register.InvalidRegisterIdError as error:
            raise ValidationError({"register_id": str(error)}) from error


class Project(models.Model):
    """One social project told on the impact page; its figures are not our money."""

    cause = models.ForeignKey(
        Cause, on_delete=models.PROTECT, null=True, blank=True, related_name="projects"
    )
    title = models.CharField(max_length=160)
    place = models.CharField(max_length=120, blank=True)
    body = models.TextField()
    figure = models.CharField(
        max_length=60, blank=True, help_text="Shown large: 3,000 children a year"
    )
    source_note = models.CharField(
        max_length=300, blank=True, help_text="Who says so, and where."
    )
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        """Return the title."""
        return self.title
