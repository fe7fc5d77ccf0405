"""What the API takes and shows of a customer's wish to send pieces back."""

from rest_framework import serializers

from store.api.serializers import fields, words
from store.domain.order import ReturnStatus
from store.models import Return

_REASON_LENGTH = 300


class PiecesField(serializers.ListField):
    """Serial numbers of pieces, each once."""

    child = fields.TextField(max_length=32)

    def __init__(self, *, required: bool = True, help_text: str = "") -> None:
        """Set the limits."""
        super().__init__(
            min_length=1, max_length=100, required=required, help_text=help_text
        )


class ReturnInputSerializer(fields.InputSerializer):
    """Which pieces come back, and why."""

    lines = PiecesField(help_text="Serial numbers of pieces of the order.")
    reason = fields.TextField(
        max_length=_REASON_LENGTH, help_text="The customer's own words."
    )


class ReturnSerializer(serializers.Serializer[Return]):
    """A return as its customer sees it."""

    status = words.WordField("ReturnStatus", ReturnStatus)
    lines = serializers.SerializerMethodField()
    reason = serializers.CharField()
    answer = serializers.CharField(help_text="What the shop says; blank at first.")
    requested_at = serializers.DateTimeField()

    def get_lines(self, wish: Return) -> list[str]:
        """Return the serial numbers."""
        return [line.line.piece.serial_number for line in wish.lines.all()]
