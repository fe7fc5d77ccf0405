"""Carts, orders, their lines and the holds on pieces.

Prices on a line are frozen at checkout, in integer minor units.
"""

import uuid

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from donations.domain import money
from store.domain import order as states


class Cart(models.Model):
    """What one shopper gathers; found by its token, kept in the session."""

    token = models.CharField(max_length=32, unique=True)
    currency = models.CharField(
        max_length=3, blank=True, help_text="Of its pieces; blank while it is empty."
    )
    voucher_code = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return the row's number; the token is a secret."""
        return f"Cart {self.pk}"


class CartLineQuerySet(models.QuerySet["CartLine"]):
    """Filters on cart lines."""

    def with_availability(self) -> "CartLineQuerySet":
        """Mark each line with `is_available`: free, or held for this very cart."""
        held_for_us = Hold.objects.filter(
            piece=models.OuterRef("piece"),
            status=states.HoldStatus.ACTIVE,
            order__cart=models.OuterRef("cart"),
        )
        # The model declares the name too, so that readers of a line can be typed.
        return self.annotate(  # type: ignore[no-redef]
            is_available=Q(piece__status=states.PieceStatus.ON_SALE)
            | models.Exists(held_for_us)
        )


class CartLine(models.Model):
    """One piece in a cart; being there holds nothing yet."""

    # Only on rows read by `with_availability()`.
    is_available: bool

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    piece = models.ForeignKey(
        "store.Piece", on_delete=models.CASCADE, related_name="cart_lines"
    )
    engraving = models.CharField(max_length=40, blank=True)
    added_at = models.DateTimeField()

    objects = CartLineQuerySet.as_manager()

    class Meta:
        """A piece is in a cart once."""

        constraints = [
            models.UniqueConstraint(
                fields=["cart", "piece"], name="store_cartline_piece_once"
            ),
        ]

    def __str__(self) -> str:
        """Return the row's number."""
        return f"Cart line {self.pk}"


class OrderQuerySet(models.QuerySet["Order"]):
    """Filters on orders."""

    def payable(self) -> "OrderQuerySet":
        """Keep the orders that a payment arriving now would make paid."""
        return self.filter(status__in=sorted(states.PAYABLE))


class Order(models.Model):
    """One sale, from the moment of checkout on. Found by its secret token."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=16, unique=True)
    token = models.CharField(max_length=32, unique=True)
    cart = models.ForeignKey(
        Cart, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    status = models.CharField(
        max_length=20,
        choices=[(s.value, s.value.replace("_", " ")) for s in states.OrderStatus],
        default=states.OrderStatus.PENDING,
    )
    email = models.EmailField()
    currency = models.CharField(max_length=3)
    total_amount = models.BigIntegerField(help_text="Minor units, everything in.")
    donation_amount = models.BigIntegerField(help_text="Minor units.")
    discount_amount = models.BigIntegerField(
        default=0, help_text="Minor units, of all lines together."
    )
    voucher_code = models.CharField(max_length=32, blank=True)
    shipping_name = models.CharField(max_length=60, blank=True)
    shipping_amount = models.BigIntegerField(
        default=0, help_text="Minor units, tax and insurance included."
    )
    is_insured = models.BooleanField(default=False)
    tax_name = models.CharField(max_length=40, blank=True)
    tax_amount = models.BigIntegerField(
        default=0, help_text="Minor units, of lines and shipping together."
    )
    is_tax_included = models.BooleanField(
        default=True, help_text="The prices contained the tax; else it was added."
    )
    is_tax_awaited = models.BooleanField(
        default=False,
        help_text="The gateway computes the tax; it is recorded when it is paid.",
    )
    is_gift = models.BooleanField(default=False)
    gift_note = models.CharField(max_length=300, blank=True)
    gift_token = models.CharField(
        max_length=32,
        unique=True,
        null=True,
        blank=True,
        help_text="Shows the gift receipt, which has no prices.",
    )
    full_name = models.CharField(max_length=200, blank=True)
    address_line1 = models.CharField(max_length=200, blank=True)
    address_line2 = models.CharField(max_length=200, blank=True)
    address_city = models.CharField(max_length=100, blank=True)
    address_region = models.CharField(max_length=100, blank=True)
    address_postal_code = models.CharField(max_length=20, blank=True)
    address_country = models.CharField(max_length=2, blank=True)
    review_reason = models.CharField(max_length=300, blank=True)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    tracking_reference = models.CharField(
        max_length=80, blank=True, help_text="Carrier and number, as UPS 1Z..."
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        """One open order a cart; the orders staff looks for."""

        constraints = [
            models.UniqueConstraint(
                fields=["cart"],
                condition=Q(status=states.OrderStatus.PENDING),
                name="store_order_one_pending_per_cart",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(states.OrderStatus)),
                name="store_order_known_status",
            ),
            models.CheckConstraint(
                condition=~Q(status=states.OrderStatus.PAID) | Q(paid_at__isnull=False),
                name="store_order_paid_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(shipped_at__isnull=True) | Q(paid_at__isnull=False),
                name="store_order_shipped_is_paid",
            ),
            models.CheckConstraint(
                condition=Q(
                    total_amount__gte=0, shipping_amount__gte=0, tax_amount__gte=0
                ),
                name="store_order_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "placed_at"], name="store_order_status"),
            models.Index(fields=["-placed_at"], name="store_order_placed"),
        ]

    def __str__(self) -> str:
        """Return the number that the customer quotes."""
        return self.number

    def get_absolute_url(self) -> str:
        """Return the address of the customer's page; whoever has it sees the order."""
        return reverse("store:order", args=[self.token])

    @property
    def total(self) -> money.Money:
        """Return what the customer pays."""
        return money.Money(self.total_amount, self.currency)

    @property
    def donation(self) -> money.Money:
        """Return what we give because of this order."""
        return money.Money(self.donation_amount, self.currency)

    @property
    def is_paid(self) -> bool:
        """Tell whether the order is paid and not on its way back."""
        return self.status == states.OrderStatus.PAID


class Line(models.Model):
    """One row of an order: one piece, its frozen price, certificate and donation."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    piece = models.ForeignKey(
        "store.Piece", on_delete=models.PROTECT, related_name="order_lines"
    )
    item_name = models.CharField(max_length=120)
    size = models.CharField(max_length=20, blank=True)
    engraving = models.CharField(max_length=40, blank=True)
    price_amount = models.BigIntegerField()
    engraving_amount = models.BigIntegerField(default=0)
    discount_amount = models.BigIntegerField(default=0)
    tax_amount = models.BigIntegerField(
        default=0, help_text="Minor units, contained in the total or added to it."
    )
    added_tax_amount = models.BigIntegerField(
        default=0, help_text="The tax again where it was added, else 0."
    )
    total_amount = models.BigIntegerField(help_text="What was paid for the piece.")
    certificate = models.ForeignKey(
        "store.Certificate", on_delete=models.PROTECT, related_name="+"
    )
    certificate_digest = models.CharField(max_length=64)
    pledge_version = models.ForeignKey(
        "donations.PledgeVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    donation_base_amount = models.BigIntegerField(default=0)
    donation_amount = models.BigIntegerField(default=0)

    class Meta:
        """Sums that the database itself checks."""

        constraints = [
            models.UniqueConstraint(
                fields=["order", "position"], name="store_line_one_per_position"
            ),
            models.UniqueConstraint(
                fields=["order", "piece"], name="store_line_piece_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    total_amount=F("price_amount")
                    + F("engraving_amount")
                    - F("discount_amount")
                    + F("added_tax_amount")
                ),
                name="store_line_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(added_tax_amount=0) | Q(added_tax_amount=F("tax_amount")),
                name="store_line_added_tax_is_the_tax",
            ),
            models.CheckConstraint(
                condition=Q(total_amount__gte=0, donation_amount__gte=0),
                name="store_line_not_negative",
            ),
        ]

    def __str__(self) -> str:
        """Return the item's name as it was sold."""
        return self.item_name

    @property
    def source(self) -> str:
        """Return the reference under which the donations app knows this line."""
        return f"line:{self.uuid}"


class Hold(models.Model):
    """The claim of one order on one piece, for a limited time or for good."""

    piece = models.ForeignKey(
        "store.Piece", on_delete=models.PROTECT, related_name="holds"
    )
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="holds")
    status = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in states.HoldStatus],
        default=states.HoldStatus.ACTIVE,
    )
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        """Two live claims on one piece are impossible, whatever the code does."""

        constraints = [
            models.UniqueConstraint(
                fields=["piece"],
                condition=Q(
                    status__in=[states.HoldStatus.ACTIVE, states.HoldStatus.SOLD]
                ),
                name="store_hold_one_live_per_piece",
            ),
        ]

    def __str__(self) -> str:
        """Return the row's number and status."""
        return f"Hold {self.pk}, {self.status}"
