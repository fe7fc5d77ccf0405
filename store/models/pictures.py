"""Pictures of items and collections, with renditions that a worker makes."""

from typing import Self, TypeVar

from django.db import models

_P = TypeVar("_P", bound="Picture")


class PictureQuerySet(models.QuerySet[_P]):
    """Filters on pictures."""

    def unrendered(self) -> Self:
        """Keep the pictures whose renditions are still owed."""
        return self.filter(rendered_at__isnull=True)


class Picture(models.Model):
    """A picture with its size, alternative text and renditions.

    `renditions` maps a format (avif, webp, jpeg) to a list of [width in pixels,
    storage name], narrowest first; it stays empty until the worker has made them.
    """

    file = models.ImageField(
        upload_to="store/originals/", width_field="width", height_field="height"
    )
    width = models.PositiveIntegerField(editable=False, default=0)
    height = models.PositiveIntegerField(editable=False, default=0)
    alt_text = models.CharField(
        max_length=300, help_text="What the picture shows, for those who cannot see it."
    )
    position = models.PositiveSmallIntegerField(default=1)
    renditions = models.JSONField(default=dict, blank=True, editable=False)
    rendered_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        """Shared columns only; each kind of picture has a table of its own."""

        abstract = True

    def __str__(self) -> str:
        """Return the alternative text."""
        return self.alt_text

    def jpeg_url(self, *, at_least: int) -> str:
        """Return the address of the narrowest JPEG of that width in pixels.

        For places that know one size and one format; the original stands in until
        the worker has made the renditions.
        """
        wide_enough = (
            name for width, name in self.renditions.get("jpeg", []) if width >= at_least
        )
        return str(self.file.storage.url(next(wide_enough, self.file.name)))


class ItemImage(Picture):
    """One picture of an item's gallery, in the merchandiser's order."""

    item = models.ForeignKey(
        "store.Item", on_delete=models.CASCADE, related_name="images"
    )
    view = models.CharField(
        max_length=60, blank=True, help_text="For example: close-up of the setting"
    )

    objects = PictureQuerySet["ItemImage"].as_manager()

    class Meta:
        """The gallery's order."""

        indexes = [
            models.Index(
                fields=["item", "position", "id"], name="store_itemimage_order"
            ),
        ]


class CollectionImage(Picture):
    """A picture of a collection: wide ones open its page, others tell its story."""

    class Role(models.TextChoices):
        """Where the picture appears."""

        HERO = "hero", "Wide, at the top"
        STORY = "story", "In the story"

    collection = models.ForeignKey(
        "store.Collection", on_delete=models.CASCADE, related_name="images"
    )
    role = models.CharField(max_length=5, choices=Role.choices, default=Role.HERO)
    caption = models.CharField(max_length=200, blank=True)

    objects = PictureQuerySet["CollectionImage"].as_manager()

    class Meta:
        """The order within a collection."""

        indexes = [
            models.Index(
                fields=["collection", "position", "id"],
                name="store_collectionimage_order",
            ),
        ]
