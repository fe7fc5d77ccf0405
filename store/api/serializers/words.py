"""Closed sets of words, each named once in the schema and referred to by that name."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from store.domain import certificate as facts
from store.domain.order import OrderStatus, PieceStatus
from store.models import Certificate, Item
from store.models.catalog import Shade


class WordField(serializers.CharField):
    """One word out of a set that has a name."""

    def __init__(self, name: str, words: Iterable[str], **options: Any) -> None:
        """Keep the set and its name."""
        super().__init__(**options)
        self.name = name
        self.words = [str(word) for word in words]


class WordFieldExtension(  # type: ignore[no-untyped-call]  # Its base has no types.
    OpenApiSerializerFieldExtension
):
    """Writes each set into the schema as a shape of its own.

    Sets that stand inside the shapes get generated names, which collide and change.
    """

    target_class = WordField

    def get_name(self) -> str | None:
        """Return the name of the set."""
        return str(self.target.name)

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the set as a schema."""
        return {"type": "string", "enum": self.target.words}


def item_kind() -> WordField:
    """Return a field for what an item is worn as."""
    return WordField("ItemKind", Item.Kind.values)


def shade() -> WordField:
    """Return a field for a shade."""
    return WordField("Shade", Shade.values)


def piece_status() -> WordField:
    """Return a field for the status of a piece that shoppers see."""
    shown = (PieceStatus.ON_SALE, PieceStatus.HELD, PieceStatus.SOLD)
    return WordField("PieceStatus", shown)


def order_status() -> WordField:
    """Return a field for the status of an order."""
    return WordField("OrderStatus", OrderStatus)


def certificate_status() -> WordField:
    """Return a field for the status of a certificate."""
    return WordField("CertificateStatus", Certificate.Status.values)


def stone_kind() -> WordField:
    """Return a field for where a stone grew."""
    return WordField("StoneKind", facts.StoneKind)


def step_kind() -> WordField:
    """Return a field for a step of the chain of custody."""
    return WordField("StepKind", facts.EventKind)


def basis(**options: Any) -> WordField:
    """Return a field for what a claim rests on, strongest first."""
    return WordField("Basis", facts.Basis, **options)


def place_precision() -> WordField:
    """Return a field for how exactly a place is known."""
    return WordField("PlacePrecision", facts.PlacePrecision)


def date_precision() -> WordField:
    """Return a field for how exactly a date is known."""
    return WordField("DatePrecision", facts.DatePrecision)
