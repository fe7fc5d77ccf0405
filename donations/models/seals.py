"""Seals over the ledger: which entries are under which root. Only ever inserted.

The database refuses changes by trigger (see the migration 0002_ledger_triggers).
"""

from django.db import models
from django.db.models import Q


class Seal(models.Model):
    """The root over some entries and over the seal before (`domain/seal.py`)."""

    number = models.PositiveIntegerField(unique=True)
    root = models.CharField(max_length=64)
    previous_root = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="Leaves, the root before included.")
    path = models.TextField(
        help_text="Audit path of the root before, which is the first leaf."
    )
    sealed_at = models.DateTimeField()

    class Meta:
        """A seal is over something."""

        constraints = [
            models.CheckConstraint(
                condition=Q(size__gt=1), name="donations_seal_not_empty"
            ),
        ]

    def __str__(self) -> str:
        """Return the number."""
        return f"Seal {self.number}"


class SealLeaf(models.Model):
    """The place of one entry in a seal. An entry is sealed once."""

    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="leaves")
    position = models.PositiveIntegerField()
    entry = models.OneToOneField(
        "donations.Entry", on_delete=models.PROTECT, related_name="leaf"
    )
    leaf_hash = models.CharField(max_length=64)

    class Meta:
        """A place is taken once; the first is that of the root before."""

        verbose_name_plural = "seal leaves"
        constraints = [
            models.UniqueConstraint(
                fields=["seal", "position"], name="donations_sealleaf_position_once"
            ),
            models.CheckConstraint(
                condition=Q(position__gt=0), name="donations_sealleaf_after_root"
            ),
        ]

    def __str__(self) -> str:
        """Return the place."""
        return f"Leaf {self.position} of seal {self.seal_id}"
