"""Money sent on from charges to beneficiaries' own accounts at the payment company."""

import uuid

from django.db import models
from django.db.models import F, Q


class TransferQuerySet(models.QuerySet["Transfer"]):
    """Filters on transfers."""

    def unsent(self) -> "TransferQuerySet":
        """Keep the transfers that the gateway has not been asked for, or not made."""
        return self.filter(gateway_id=None, amount__gt=0)

    def sent(self) -> "TransferQuerySet":
        """Keep the transfers whose money has gone."""
        return self.exclude(gateway_id=None)


class Transfer(models.Model):
    """What one charge gives one beneficiary of one instruction; the row comes first.

    `source` names the line of the order. One row of each instruction has none: it holds
    what no line explains, mostly nothing, and comes from our balance instead of a
    charge. That row is there when all the others are.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    instruction_key = models.CharField(max_length=120)
    source = models.CharField(max_length=80, blank=True)
    payment = models.ForeignKey(
        "store.Payment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="transfers",
    )
    beneficiary = models.ForeignKey(
        "donations.Beneficiary", on_delete=models.PROTECT, related_name="+"
    )
    account_id = models.CharField(max_length=60, help_text="acct_1Qx...")
    amount = models.BigIntegerField(help_text="Minor units.")
    reversed_amount = models.BigIntegerField(
        default=0, help_text="Minor units of all recalls that the gateway has made."
    )
    currency = models.CharField(max_length=3)
    idempotency_key = models.CharField(max_length=255, unique=True)
    gateway_id = models.CharField(max_length=100, unique=True, null=True, blank=True)
    refusals = models.PositiveIntegerField(
        default=0, help_text="Each has cost a key: a refusal is stored under it."
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        """One line is paid once by an instruction; no more comes back than went."""

        constraints = [
            models.UniqueConstraint(
                fields=["instruction_key", "source"],
                name="store_transfer_once_per_line",
            ),
            models.CheckConstraint(
                condition=Q(
                    amount__gte=0,
                    reversed_amount__gte=0,
                    reversed_amount__lte=F("amount"),
                ),
                name="store_transfer_reversed_within_amount",
            ),
        ]

    def __str__(self) -> str:
        """Return the gateway's identifier, or ours while it has none."""
        return self.gateway_id or str(self.uuid)


class TransferRecall(models.Model):
    """Money of a transfer that we take back, since its sale was refunded or lost."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    transfer = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, related_name="recalls"
    )
    number = models.PositiveSmallIntegerField(help_text="Counts them by transfer.")
    amount = models.BigIntegerField(help_text="Minor units.")
    idempotency_key = models.CharField(max_length=255, unique=True)
    gateway_id = models.CharField(max_length=100, unique=True, null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    created_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    is_dropped = models.BooleanField(
        default=False,
        help_text="A later settlement has paid the debt, or less is owed.",
    )

    class Meta:
        """One recall of a transfer is on its way at a time."""

        constraints = [
            models.UniqueConstraint(
                fields=["transfer"],
                condition=Q(made_at=None, is_dropped=False),
                name="store_transferrecall_one_due",
            ),
            models.UniqueConstraint(
                fields=["transfer", "number"],
                name="store_transferrecall_numbered",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="store_transferrecall_amount_positive",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(made_at=None, is_dropped=False),
                name="store_transferrecall_due",
            ),
        ]

    def __str__(self) -> str:
        """Return the gateway's identifier, or ours while it has none."""
        return self.gateway_id or str(self.uuid)

    @property
    def currency(self) -> str:
        """Return the transfer's currency."""
        return self.transfer.currency
