"""What the API shows of collections, items and pieces."""

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from store.api import addresses
from store.api.serializers import certificates, values, words
from store.models import Collection, Item, Piece
from store.services import giving


class CollectionReferenceSerializer(serializers.Serializer[Collection]):
    """The collection that an item belongs to."""

    slug = serializers.CharField()
    name = serializers.CharField()


class CollectionSerializer(serializers.Serializer[Collection]):
    """A published collection and what buying from it gives today."""

    slug = serializers.CharField()
    name = serializers.CharField()
    tagline = serializers.CharField()
    description = serializers.CharField()
    published_at = serializers.DateTimeField()
    pictures = values.PictureSerializer(many=True, source="images.all")
    giving = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    @extend_schema_field(values.GivingSerializer(allow_null=True))
    def get_giving(self, collection: Collection) -> Any:
        """Return the terms of today; null when no pledge runs."""
        return values.giving(self.context["terms"].get(collection.pledge_id))

    def get_url(self, collection: Collection) -> str:
        """Return the page of the collection."""
        return addresses.absolute(collection.get_absolute_url())


class ItemSummarySerializer(serializers.Serializer[Item]):
    """An item as a list shows it."""

    slug = serializers.CharField()
    name = serializers.CharField()
    collection = CollectionReferenceSerializer()
    kind = words.item_kind()
    metal = serializers.CharField()
    shade = words.shade()
    stone_summary = serializers.CharField()
    price = values.MoneySerializer()
    donation = serializers.SerializerMethodField()
    is_available = serializers.BooleanField(
        help_text="Whether one of its pieces can be bought now."
    )
    picture = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    @extend_schema_field(values.MoneySerializer(allow_null=True))
    def get_donation(self, item: Item) -> Any:
        """Return what we give if one piece is bought at today's price."""
        terms = self.context["terms"].get(item.collection.pledge_id)
        share = giving.quote_donation(terms=terms, price=item.price)
        return values.MoneySerializer(share).data if share else None

    @extend_schema_field(values.PictureSerializer(allow_null=True))
    def get_picture(self, item: Item) -> Any:
        """Return the first picture."""
        pictures = list(item.images.all()[:1])
        return values.PictureSerializer(pictures[0]).data if pictures else None

    def get_url(self, item: Item) -> str:
        """Return the page of the item."""
        return addresses.absolute(item.get_absolute_url())


class PieceSerializer(serializers.Serializer[Piece]):
    """One physical piece, with its certificate and what that says of its stones."""

    serial_number = serializers.CharField()
    size = serializers.CharField()
    status = words.piece_status()
    certificate = certificates.CertificateReferenceSerializer()
    stones = serializers.SerializerMethodField()

    @extend_schema_field(certificates.StoneSerializer(many=True))
    def get_stones(self, piece: Piece) -> Any:
        """Return the stones from the frozen text."""
        if piece.certificate is None:
            return []
        return json.loads(piece.certificate.text)["stones"]


class ItemSerializer(ItemSummarySerializer):
    """An item with its gallery, its pieces and what buying it gives."""

    description = serializers.CharField()
    dimensions = serializers.CharField()
    care = serializers.CharField()
    pictures = values.PictureSerializer(many=True, source="images.all")
    giving = serializers.SerializerMethodField()
    pieces = PieceSerializer(many=True, source="shown_pieces")

    @extend_schema_field(values.GivingSerializer(allow_null=True))
    def get_giving(self, item: Item) -> Any:
        """Return the terms of today; null when no pledge runs."""
        return values.giving(self.context["terms"].get(item.collection.pledge_id))
