"""Values that many answers are made of: money, pictures, the terms of a pledge."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from donations.domain import money
from donations.services import labels, pledges
from store.api import addresses
from store.models.pictures import Picture

_CARD_PIXELS = 640


class MoneySerializer(serializers.Serializer[money.Money]):
    """An amount in minor units with its currency: 24990 USD is $249.90."""

    amount = serializers.IntegerField()
    currency = serializers.CharField(max_length=3)


class RenditionSerializer(serializers.Serializer[Any]):
    """One size of a picture in one format."""

    width = serializers.IntegerField()
    url = serializers.URLField()


class PictureSerializer(serializers.Serializer[Picture]):
    """A picture: one JPEG that always works, and all sizes in each format."""

    alt_text = serializers.CharField()
    width = serializers.IntegerField(help_text="Of the original, in pixels.")
    height = serializers.IntegerField(help_text="Of the original, in pixels.")
    url = serializers.SerializerMethodField()
    renditions = serializers.SerializerMethodField(
        help_text="By format: avif, webp, jpeg; empty until a worker has made them."
    )

    def get_url(self, picture: Picture) -> str:
        """Return the address of a JPEG for a card."""
        return addresses.absolute(picture.jpeg_url(at_least=_CARD_PIXELS))

    @extend_schema_field(serializers.DictField(child=RenditionSerializer(many=True)))
    def get_renditions(self, picture: Picture) -> dict[str, list[dict[str, Any]]]:
        """Return every rendition with its full address."""
        return {
            name: [_rendition(picture, *size) for size in sizes]
            for name, sizes in picture.renditions.items()
        }


class BeneficiarySerializer(serializers.Serializer[pledges.BeneficiaryTerms]):
    """A legal body that is paid."""

    name = serializers.CharField()
    register = serializers.CharField(help_text="For example US-EIN.")
    register_id = serializers.CharField(help_text="For example 36-3673599.")


class GivingSerializer(serializers.Serializer[pledges.Terms]):
    """The terms of a pledge, in the words that the shop prints."""

    pledge = serializers.CharField(source="slug")
    name = serializers.CharField()
    cause = serializers.CharField(source="cause_name")
    share = serializers.CharField(
        source="percent_text", help_text="10%, or an amount for each piece."
    )
    beneficiaries = BeneficiarySerializer(many=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    cap = serializers.SerializerMethodField()
    left = serializers.SerializerMethodField()
    disclosure = serializers.CharField()
    promise = serializers.SerializerMethodField(
        help_text="The whole promise, as the pages of the collection print it."
    )
    url = serializers.SerializerMethodField()

    def get_promise(self, terms: pledges.Terms) -> str:
        """Return what a page prints for whoever pays in the pledge's currency."""
        return labels.print_promise(terms=terms, currency=terms.currency).text

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_cap(self, terms: pledges.Terms) -> Any:
        """Return the most that is given in all; null without a cap."""
        return _limit(terms.cap_amount, terms)

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_left(self, terms: pledges.Terms) -> Any:
        """Return what a purchase can still add to it; null without a cap."""
        return _limit(terms.left_amount, terms)

    def get_url(self, terms: pledges.Terms) -> str:
        """Return the page of the pledge."""
        return addresses.absolute_to("donations:pledge", terms.slug)


class ProblemSerializer(serializers.Serializer[Any]):
    """Every error: what went wrong, and which fields are to blame."""

    status = serializers.IntegerField()
    title = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(  # type: ignore[assignment]  # The shape's own name.
        child=serializers.ListField(child=serializers.CharField())
    )


def giving(terms: pledges.Terms | None) -> Any:
    """Return the terms as data; null when no pledge runs."""
    return None if terms is None else GivingSerializer(terms).data


def _limit(amount: int | None, terms: pledges.Terms) -> Any:
    if amount is None:
        return None
    return MoneySerializer(money.Money(amount, terms.currency)).data


def _rendition(picture: Picture, width: int, name: str) -> dict[str, Any]:
    url = addresses.absolute(str(picture.file.storage.url(name)))
    return {"width": width, "url": url}
