"""Where beneficiaries are paid by bank: proposals and what became of each.

Nothing here is ever updated or deleted: the database refuses both by trigger, so the
history of whom we paid where is whole. Which account is in force follows from the rows
and the moment.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from donations.domain import bank


class BankAccount(models.Model):
    """Bank details that one person proposed for a beneficiary."""

    beneficiary = models.ForeignKey(
        "donations.Beneficiary", on_delete=models.PROTECT, related_name="bank_accounts"
    )
    holder = models.CharField(max_length=70, help_text="As the bank writes it.")
    currency = models.CharField(max_length=3, help_text="Three capitals, as USD.")
    iban = models.CharField("IBAN", max_length=34, blank=True)
    account_number = models.CharField(
        max_length=34, blank=True, help_text="Where there is no IBAN."
    )
    routing_number = models.CharField(max_length=9, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    bank_name = models.CharField(max_length=120, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()

    class Meta:
        """One way of naming an account."""

        verbose_name = "bank details"
        verbose_name_plural = "bank details"
        permissions = [
            ("decide_bankaccount", "Can confirm bank details proposed by another"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(iban="") & ~Q(account_number="") & ~Q(routing_number="")
                | ~Q(iban="") & Q(account_number="", routing_number=""),
                name="donations_bankaccount_one_number",
            ),
        ]

    def __str__(self) -> str:
        """Return the masked number; the whole one is shown where it is checked."""
        return f"{self.currency} {self.details.masked}"

    @property
    def details(self) -> bank.BankDetails:
        """Return what is proposed."""
        return bank.BankDetails(
            holder=self.holder,
            currency=self.currency,
            iban=self.iban,
            account_number=self.account_number,
            routing_number=self.routing_number,
            bic=self.bic,
            bank_name=self.bank_name,
        )


class BankAccountDecision(models.Model):
    """What a second person said to proposed bank details."""

    account = models.OneToOneField(
        BankAccount, on_delete=models.PROTECT, related_name="decision"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()
    takes_effect_at = models.DateTimeField(
        null=True, blank=True, help_text="Blank when the proposal was refused."
    )

    class Meta:
        """Nothing takes effect before it was decided."""

        constraints = [
            models.CheckConstraint(
                condition=Q(takes_effect_at=None)
                | Q(takes_effect_at__gte=models.F("decided_at")),
                name="donations_bankaccountdecision_effect_later",
            ),
        ]

    def __str__(self) -> str:
        """Return what was said."""
        return "confirmed" if self.takes_effect_at else "refused"
