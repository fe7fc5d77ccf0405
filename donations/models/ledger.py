"""Accounts and entries. Nothing here is ever updated or deleted.

The database refuses both by trigger (see the migration 0002_ledger_triggers), on
PostgreSQL and SQLite alike. Balances are queries.
"""

from django.db import models
from django.db.models import F, Q

from donations.domain import ledger, money


class Account(models.Model):
    """Where entries meet; the code says kind, currency and owners."""

    code = models.CharField(max_length=80, unique=True)
    kind = models.CharField(
        max_length=16,
        choices=[(k.value, k.value.replace("_", " ")) for k in ledger.AccountKind],
    )
    currency = models.CharField(max_length=3)
    pledge = models.ForeignKey(
        "donations.Pledge", on_delete=models.PROTECT, null=True, related_name="accounts"
    )
    beneficiary = models.ForeignKey(
        "donations.Beneficiary",
        on_delete=models.PROTECT,
        null=True,
        related_name="accounts",
    )
    settlement = models.ForeignKey(
        "donations.Settlement",
        on_delete=models.PROTECT,
        null=True,
        related_name="accounts",
    )

    class Meta:
        """Kinds that the ledger knows."""

        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in ledger.AccountKind]),
                name="donations_account_known_kind",
            ),
        ]

    def __str__(self) -> str:
        """Return the code."""
        return self.code


class EntryQuerySet(models.QuerySet["Entry"]):
    """Filters on entries."""

    def recalls(self) -> "EntryQuerySet":
        """Keep those by which money of a settlement came back."""
        return self.filter(
            kind=ledger.EntryKind.CORRECTION,
            settlement__isnull=False,
            debit__kind=ledger.AccountKind.OPERATING_CASH,
            credit__kind=ledger.AccountKind.PAYABLE,
        )


class Entry(models.Model):
    """One balanced line of the ledger: one debit, one credit, one positive amount."""

    kind = models.CharField(
        max_length=14,
        choices=[(k.value, k.value.replace("_", " ")) for k in ledger.EntryKind],
    )
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits")
    credit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="credits"
    )
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    batch = models.CharField(max_length=80)
    idempotency_key = models.CharField(max_length=100, unique=True)
    payload_digest = models.CharField(max_length=64)
    donation = models.ForeignKey(
        "donations.Donation",
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
    )
    settlement = models.ForeignKey(
        "donations.Settlement",
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
    )
    answers = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="answered_by"
    )
    posted_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        """What makes an entry one."""

        verbose_name_plural = "entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="donations_entry_amount_positive"
            ),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="donations_entry_two_accounts"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in ledger.EntryKind]),
                name="donations_entry_known_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["batch"], name="donations_entry_batch"),
            models.Index(fields=["posted_at"], name="donations_entry_posted"),
        ]

    def __str__(self) -> str:
        """Return the row's number and kind."""
        return f"Entry {self.pk}, {self.kind}"

    @property
    def money(self) -> money.Money:
        """Return the amount with its currency."""
        return money.Money(self.amount, self.currency)
