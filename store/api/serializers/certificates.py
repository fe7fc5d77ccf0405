"""What the API shows of certificates."""

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from store.api import addresses
from store.api.serializers import words
from store.models import Certificate


class StoneSerializer(serializers.Serializer[Any]):
    """One stone, or one matched group, as the certificate states it."""

    position = serializers.IntegerField()
    kind = words.stone_kind()
    basis = words.basis()
    cut = serializers.CharField()
    carat = serializers.CharField(help_text="Decimal text with two places.")
    shade = serializers.CharField()
    color_words = serializers.CharField()
    clarity = serializers.CharField()
    treatment = serializers.CharField()
    laboratory = serializers.CharField()
    report_number = serializers.CharField()
    inscription = serializers.CharField()


class EventSerializer(serializers.Serializer[Any]):
    """One step of the chain of custody, as the certificate states it."""

    sequence = serializers.IntegerField()
    kind = words.step_kind()
    place = serializers.CharField()
    country = serializers.CharField()
    place_precision = words.place_precision()
    happened_on = serializers.CharField(
        help_text="No more exactly than known: 2019-07-04, 2019-07, 2019 or empty."
    )
    date_precision = words.date_precision()
    actor = serializers.CharField()
    document = serializers.CharField()
    document_sha256 = serializers.CharField()
    basis = words.basis()


class DocumentSerializer(serializers.Serializer[Any]):
    """The frozen document. Its exact bytes are at `text_url`; the digest is theirs."""

    format = serializers.CharField()
    number = serializers.CharField()
    version = serializers.IntegerField()
    issued_on = serializers.DateField()
    issuer = serializers.CharField()
    serial_number = serializers.CharField()
    item = serializers.CharField()
    metal = serializers.CharField()
    size = serializers.CharField()
    limits = serializers.CharField(help_text="What is not known.")
    stones = StoneSerializer(many=True)
    events = EventSerializer(many=True)


class CertificateReferenceSerializer(serializers.Serializer[Certificate]):
    """A certificate, by number and digest."""

    number = serializers.CharField()
    version = serializers.IntegerField()
    digest = serializers.CharField(help_text="SHA-256 of the frozen text.")
    url = serializers.SerializerMethodField()
    api_url = serializers.SerializerMethodField()

    def get_url(self, certificate: Certificate) -> str:
        """Return the page of the certificate."""
        return addresses.absolute(certificate.get_absolute_url())

    def get_api_url(self, certificate: Certificate) -> str:
        """Return its address in this API."""
        return addresses.absolute_to("store_api:certificate", certificate.number)


class VersionSerializer(serializers.Serializer[Certificate]):
    """One version of a certificate."""

    version = serializers.IntegerField()
    status = words.certificate_status()
    digest = serializers.CharField()
    issued_at = serializers.DateTimeField()


class CertificateSerializer(VersionSerializer):
    """The newest version of a certificate, and the versions before it."""

    number = serializers.CharField()
    weakest_basis = words.basis(
        help_text="What the weakest required step rests on.",
    )
    document = serializers.SerializerMethodField()
    versions = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    text_url = serializers.SerializerMethodField()

    @extend_schema_field(DocumentSerializer)
    def get_document(self, certificate: Certificate) -> Any:
        """Return the frozen document, parsed."""
        return json.loads(certificate.text)

    @extend_schema_field(VersionSerializer(many=True))
    def get_versions(self, certificate: Certificate) -> Any:
        """Return every version, the newest first."""
        return VersionSerializer(self.context["versions"], many=True).data

    def get_url(self, certificate: Certificate) -> str:
        """Return the page of the certificate."""
        return addresses.absolute(certificate.get_absolute_url())

    def get_text_url(self, certificate: Certificate) -> str:
        """Return where the exact bytes are."""
        return addresses.absolute_to("store:certificate_json", certificate.number)
