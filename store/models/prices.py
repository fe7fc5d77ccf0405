"""Price lists: what an item costs in other currencies than its own."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from donations.domain import money


class ItemPrice(models.Model):
    """The price of one item in one more currency; set by people, never converted."""

    item = models.ForeignKey(
        "store.Item", on_delete=models.CASCADE, related_name="prices"
    )
    currency = models.CharField(
        max_length=3, validators=[RegexValidator(r"^[A-Z]{3}\Z", "Three capitals.")]
    )
    amount = models.BigIntegerField(
        validators=[MinValueValidator(1)], help_text="In minor units."
    )
    engraving_amount = models.BigIntegerField(
        default=0,
        validators=[MinValueValidator(0)],
        help_text="What an engraving adds, in minor units.",
    )

    class Meta:
        """One price for a currency."""

        constraints = [
            models.UniqueConstraint(
                fields=["item", "currency"], name="store_itemprice_one_per_currency"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, engraving_amount__gte=0),
                name="store_itemprice_positive",
            ),
        ]

    def __str__(self) -> str:
        """Return the price as people read it."""
        return money.format_money(self.price)

    @property
    def price(self) -> money.Money:
        """Return the price of one piece."""
        return money.Money(self.amount, self.currency)
