"""Collections, items, pieces and their stones: what a shopper can see and choose.

Prices are integer minor units with a currency code. Statuses change in services.
"""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from donations.domain import money
from store.domain import certificate as facts
from store.domain import order as states


class Shade(models.TextChoices):
    """A brown diamond's shade on the seven-step champagne-to-cognac trade scale."""

    C1 = "C1", "C1 light champagne"
    C2 = "C2", "C2 light champagne"
    C3 = "C3", "C3 medium champagne"
    C4 = "C4", "C4 medium champagne"
    C5 = "C5", "C5 dark champagne"
    C6 = "C6", "C6 dark champagne"
    C7 = "C7", "C7 cognac"


class CollectionQuerySet(models.QuerySet["Collection"]):
    """Filters on collections."""

    def published(self) -> "CollectionQuerySet":
        """Keep the collections that shoppers may see."""
        return self.filter(published_at__isnull=False)


class Collection(models.Model):
    """Items sold under one pledge."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    tagline = models.CharField(
        max_length=200, blank=True, help_text="One line under the name."
    )
    description = models.TextField(
        blank=True, help_text="The story, in plain words; blank lines make paragraphs."
    )
    pledge = models.ForeignKey(
        "donations.Pledge",
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The promise printed on every item of the collection.",
    )
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollectionQuerySet.as_manager()

    def __str__(self) -> str:
        """Return the name that shoppers read."""
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the collection's page."""
        return reverse("store:collection", args=[self.slug])


class ItemQuerySet(models.QuerySet["Item"]):
    """Filters on items."""

    def published(self) -> "ItemQuerySet":
        """Keep the items that shoppers may see."""
        return self.filter(
            published_at__isnull=False, collection__published_at__isnull=False
        )

    def with_availability(self) -> "ItemQuerySet":
        """Mark each item with `is_available`: one of its pieces can be bought now."""
        return self.annotate(is_available=_has_free_piece())

    def available(self) -> "ItemQuerySet":
        """Keep the items of which a piece can be bought now."""
        return self.filter(_has_free_piece())


class Item(models.Model):
    """One catalog entry that a shopper sees; its physical examples are pieces."""

    class Kind(models.TextChoices):
        """What the item is worn as."""

        RING = "ring", "Ring"
        EARRINGS = "earrings", "Earrings"
        NECKLACE = "necklace", "Necklace"
        BRACELET = "bracelet", "Bracelet"

    collection = models.ForeignKey(
        Collection, on_delete=models.PROTECT, related_name="items"
    )
    slug = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    metal = models.CharField(max_length=80, help_text="For example: 14k rose gold")
    shade = models.CharField(max_length=2, choices=Shade)
    stone_summary = models.CharField(
        max_length=120,
        help_text="Shown on the card, for example: 0.52 ct round brilliant",
    )
    description = models.TextField(blank=True)
    dimensions = models.CharField(max_length=120, blank=True)
    care = models.TextField(blank=True)
    price_amount = models.BigIntegerField(
        validators=[MinValueValidator(1)],
        help_text="In minor units: 249900 is $2,499.00",
    )
    currency = models.CharField(
        max_length=3, validators=[RegexValidator(r"^[A-Z]{3}\Z", "Three capitals.")]
    )
    engraving_length = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(40)],
        help_text="Most characters of an engraving; 0 when there is none.",
    )
    engraving_amount = models.BigIntegerField(
        default=0,
        validators=[MinValueValidator(0)],
        help_text="What an engraving adds, in minor units.",
    )
    position = models.PositiveIntegerField(
        default=0, help_text="Place in the collection; lowest first."
    )
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        """Constraints and the three orders a shopper can choose."""

        constraints = [
            models.CheckConstraint(
                condition=Q(price_amount__gt=0), name="store_item_price_positive"
            ),
        ]
        indexes = [
            models.Index(
                fields=["collection", "position", "id"], name="store_item_curated"
            ),
            models.Index(
                fields=["collection", "-published_at", "-id"], name="store_item_newest"
            ),
            models.Index(
                fields=["collection", "price_amount", "id"], name="store_item_price"
            ),
            # The API lists all collections together, too.
            models.Index(fields=["-published_at", "-id"], name="store_item_all_newest"),
            models.Index(fields=["price_amount", "id"], name="store_item_all_price"),
        ]

    def __str__(self) -> str:
        """Return the name that shoppers read."""
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the item's page."""
        return reverse("store:item", args=[self.slug])

    @property
    def price(self) -> money.Money:
        """Return today's price of one piece."""
        return money.Money(self.price_amount, self.currency)


class PieceQuerySet(models.QuerySet["Piece"]):
    """Filters on pieces."""

    def on_sale(self) -> "PieceQuerySet":
        """Keep the pieces that can be put in a cart and bought now."""
        return self.filter(status=states.PieceStatus.ON_SALE)

    def held(self) -> "PieceQuerySet":
        """Keep the pieces that somebody is paying for."""
        return self.filter(status=states.PieceStatus.HELD)

    def shown(self) -> "PieceQuerySet":
        """Keep the pieces a shopper may see: free, held or sold."""
        return self.filter(
            status__in=[
                states.PieceStatus.ON_SALE,
                states.PieceStatus.HELD,
                states.PieceStatus.SOLD,
            ]
        )


def _has_free_piece() -> models.Exists:
    return models.Exists(Piece.objects.filter(item=models.OuterRef("pk")).on_sale())


class Piece(models.Model):
    """One physical example of an item, with a serial number and a chain of custody.

    A database constraint keeps a piece without a certificate from being on sale,
    held or sold, whatever the code does.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="pieces")
    serial_number = models.CharField(
        max_length=32,
        unique=True,
        validators=[
            RegexValidator(r"^[A-Z0-9][A-Z0-9-]*\Z", "Capitals, digits and hyphens.")
        ],
        help_text="Engraved or tagged on the piece, for example DTC-0103-02",
    )
    size = models.CharField(
        max_length=20, blank=True, help_text="For example 6½; blank when there is one."
    )
    status = models.CharField(
        max_length=10,
        choices=[(s.value, s.value.replace("_", " ")) for s in states.PieceStatus],
        default=states.PieceStatus.DRAFT,
    )
    certificate = models.OneToOneField(
        "store.Certificate",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The certificate that is valid now.",
    )
    limits = models.TextField(
        blank=True,
        help_text="What we do not know about this piece; printed on the certificate.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PieceQuerySet.as_manager()

    class Meta:
        """The publish gate's last line of defense, and the shop's look-ups."""

        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=[states.PieceStatus.DRAFT, states.PieceStatus.WITHDRAWN]
                )
                | Q(certificate__isnull=False),
                name="store_piece_certified_before_sale",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(states.PieceStatus)),
                name="store_piece_known_status",
            ),
        ]
        indexes = [
            models.Index(fields=["item", "status"], name="store_piece_item_status"),
        ]

    def __str__(self) -> str:
        """Return the serial number."""
        return self.serial_number

    @property
    def is_on_sale(self) -> bool:
        """Tell whether the piece can be bought now."""
        return self.status == states.PieceStatus.ON_SALE

    @property
    def is_sold(self) -> bool:
        """Tell whether the piece has a customer."""
        return self.status == states.PieceStatus.SOLD


class Stone(models.Model):
    """One stone, or one matched group of small stones, of a piece."""

    class Kind(models.TextChoices):
        """Natural or made by people; the first words printed about a stone."""

        NATURAL = facts.StoneKind.NATURAL.value, "Natural diamond"
        LABORATORY_GROWN = (
            facts.StoneKind.LABORATORY_GROWN.value,
            "Laboratory-grown diamond",
        )
        NOT_KNOWN = facts.StoneKind.NOT_KNOWN.value, "Not known"

    piece = models.ForeignKey(Piece, on_delete=models.CASCADE, related_name="stones")
    position = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(
        max_length=20, choices=Kind.choices, default=facts.StoneKind.NOT_KNOWN
    )
    basis = models.CharField(
        max_length=20,
        choices=[(b.value, b.value.replace("_", " ")) for b in facts.Basis],
        default=facts.Basis.NOT_KNOWN,
        help_text="What the claim about its kind rests on.",
    )
    cut = models.CharField(max_length=40, help_text="For example: round brilliant")
    carat = models.CharField(
        max_length=6,
        validators=[
            RegexValidator(r"^\d{1,3}\.\d\d\Z", "Two decimals, for example 0.52.")
        ],
        help_text="Weight with two decimals, for example 0.52",
    )
    shade = models.CharField(max_length=2, choices=Shade)
    color_words = models.CharField(
        max_length=60, blank=True, help_text="The laboratory's words: Fancy Brown"
    )
    clarity = models.CharField(max_length=12, blank=True)
    treatment = models.CharField(max_length=60, default="none stated")
    laboratory = models.CharField(max_length=80, blank=True)
    report_number = models.CharField(max_length=40, blank=True)
    inscription = models.CharField(max_length=40, blank=True)

    class Meta:
        """One stone per position."""

        constraints = [
            models.UniqueConstraint(
                fields=["piece", "position"], name="store_stone_one_per_position"
            ),
        ]

    def __str__(self) -> str:
        """Return weight, cut and shade."""
        return f"{self.carat} ct {self.cut}, {self.shade}"
