"""Vouchers: a promise of a lower price, and the orders that used it."""

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q


class Voucher(models.Model):
    """A code that lowers an order's price, or that of one collection's pieces."""

    class Kind(models.TextChoices):
        """How the discount is told."""

        PERCENT = "percent", "Percent"
        AMOUNT = "amount", "Amount"

    code = models.CharField(
        max_length=32,
        unique=True,
        validators=[
            RegexValidator(r"^[A-Z0-9][A-Z0-9-]*\Z", "Capitals, digits and hyphens.")
        ],
        help_text="What the shopper types, for example WINTER-10",
    )
    kind = models.CharField(max_length=7, choices=Kind.choices)
    discount_bps = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(10_000)],
        help_text="Basis points of the price: 1000 is 10%. For percent vouchers.",
    )
    discount_amount = models.BigIntegerField(
        default=0, help_text="Minor units. For vouchers of an amount."
    )
    currency = models.CharField(
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", "Three capitals.")],
        help_text="Of the amount and the least total; blank for a percent of any.",
    )
    collection = models.ForeignKey(
        "store.Collection",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Only its pieces get cheaper; blank for every piece.",
    )
    minimum_amount = models.BigIntegerField(
        default=0, help_text="Minor units that the pieces must come to."
    )
    usage_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many orders may use it; blank for any."
    )
    uses_count = models.PositiveIntegerField(default=0, editable=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A voucher is of one kind, and is used as often as it may be."""

        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind="percent",
                    discount_bps__gte=1,
                    discount_bps__lte=10_000,
                    discount_amount=0,
                )
                | Q(kind="amount", discount_bps=0, discount_amount__gte=1)
                & ~Q(currency=""),
                name="store_voucher_one_kind",
            ),
            models.CheckConstraint(
                condition=Q(usage_limit__isnull=True)
                | Q(uses_count__lte=F("usage_limit")),
                name="store_voucher_within_limit",
            ),
            models.CheckConstraint(
                condition=Q(minimum_amount=0)
                | (Q(minimum_amount__gt=0) & ~Q(currency="")),
                name="store_voucher_minimum_has_currency",
            ),
        ]

    def __str__(self) -> str:
        """Return the code."""
        return self.code


class VoucherUse(models.Model):
    """One order's use of a voucher; let go when the order is."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="uses")
    order = models.OneToOneField(
        "store.Order", on_delete=models.PROTECT, related_name="voucher_use"
    )
    is_live = models.BooleanField(default=True)
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return the row's number."""
        return f"Voucher use {self.pk}"
