"""What is added to the price of pieces: shipping by zone, tax by place."""

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from donations.domain import money

_CURRENCY = RegexValidator(r"^[A-Z]{3}\Z", "Three capitals.")
_COUNTRY = RegexValidator(r"^[A-Z]{2}\Z", "Two capitals, as US.")


class ShippingZone(models.Model):
    """Countries that cost the same to ship to."""

    name = models.CharField(max_length=60)
    countries = models.CharField(
        max_length=800,
        validators=[
            RegexValidator(
                r"^[A-Z]{2}( [A-Z]{2})*\Z", "Two capitals each, a space between."
            )
        ],
        help_text="For example: DE FR NL",
    )
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    @property
    def country_codes(self) -> tuple[str, ...]:
        """Return the countries, two capitals each."""
        return tuple(self.countries.split())


class ShippingRate(models.Model):
    """One way of shipping to a zone, in one currency; insured where that is offered."""

    zone = models.ForeignKey(
        ShippingZone, on_delete=models.CASCADE, related_name="rates"
    )
    name = models.CharField(max_length=60, help_text="For example: Courier, signed for")
    currency = models.CharField(max_length=3, validators=[_CURRENCY])
    amount = models.BigIntegerField(help_text="Minor units, tax included.")
    free_over_amount = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="Free when the pieces come to at least this; blank for never.",
    )
    insurance_amount = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="What insurance adds; 0 when it is included, blank for none.",
    )
    days_min = models.PositiveSmallIntegerField(default=2)
    days_max = models.PositiveSmallIntegerField(default=5)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        """Amounts within reason."""

        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0)
                & (Q(insurance_amount__isnull=True) | Q(insurance_amount__gte=0)),
                name="store_shippingrate_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(days_min__lte=F("days_max")),
                name="store_shippingrate_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    @property
    def price(self) -> money.Money:
        """Return what it costs without insurance and below the threshold."""
        return money.Money(self.amount, self.currency)


class TaxRate(models.Model):
    """The tax of one place, in basis points; a region goes before its country."""

    country = models.CharField(max_length=2, validators=[_COUNTRY])
    region = models.CharField(
        max_length=10, blank=True, help_text="For example NY; blank for the country."
    )
    name = models.CharField(max_length=40, help_text="For example: Sales tax")
    rate_bps = models.PositiveIntegerField(
        validators=[MaxValueValidator(10_000)], help_text="Basis points: 888 is 8.88%."
    )
    is_shipping_taxed = models.BooleanField(default=False)

    class Meta:
        """One rate for a place."""

        constraints = [
            models.UniqueConstraint(
                fields=["country", "region"], name="store_taxrate_one_per_place"
            ),
        ]

    def __str__(self) -> str:
        """Return the place and the name."""
        return f"{self.country} {self.region} {self.name}".replace("  ", " ")
