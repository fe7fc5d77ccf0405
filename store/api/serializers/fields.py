"""What may come in: fields that take one type only, and objects without surprises.

DRF's own fields are generous: a number is text to them, "yes" is true. A caller who
sends the wrong type has made a mistake, and is told where.
"""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

# What JSON's readers everywhere can hold exactly.
_LARGEST_AMOUNT = 2**53 - 1


class InputSerializer(serializers.Serializer[Any]):
    """An object from outside: each of its names must be one of ours."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the checked values.

        Raises:
            ValidationError: a field is wrong, missing or unknown.
        """
        if isinstance(data, Mapping):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {name: ["There is no such field."] for name in unknown}
                )
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """Text that came as text."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text, trimmed."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """True or false, and no other word for them."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the flag."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class AmountField(serializers.IntegerField):
    """A positive number of minor units; never text, never a fraction."""

    def __init__(self, **options: Any) -> None:
        """Set the limits."""
        super().__init__(min_value=1, max_value=_LARGEST_AMOUNT, **options)

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class MoneyInputSerializer(InputSerializer):
    """An amount in minor units with its currency: 24990 USD is $249.90."""

    amount = AmountField()
    currency = serializers.RegexField(r"^[A-Z]{3}\Z", max_length=3)
