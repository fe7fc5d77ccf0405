"""Percentages as people type them: 8.88 in a form, 888 basis points in the row."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from store.admin import screens

_LONGEST = 12
# One whole, in basis points.
_WHOLE = 10_000


class PercentField(forms.Field):
    """Shows and reads basis points as a percentage, with or without its sign."""

    widget = forms.TextInput(
        {"inputmode": "decimal", "size": 6, "maxlength": _LONGEST, "class": "money"}
    )
    default_error_messages = {
        "percent": "Not a percentage: type 10 or 8.88.",
        "range": "A percentage is between 0 and 100.",
        "decimals": "A percentage has at most two decimals.",
    }

    def __init__(self, **kwargs: Any) -> None:
        # A model's field also names the limits of its column, in basis points.
        super().__init__(
            **{k: v for k, v in kwargs.items() if k not in {"min_value", "max_value"}}
        )

    def prepare_value(self, value: Any) -> Any:
        """Return stored basis points as text; what was typed stays as it was."""
        return screens.percent(value).rstrip("%") if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        """Return basis points, or None when nothing was typed.

        Raises:
            ValidationError: it is no percentage of at most two decimals.
        """
        text = str(value or "").strip().removesuffix("%").strip()
        if not text:
            return None
        try:
            bps = Decimal(text) * 100
        except InvalidOperation:
            raise self._refusal("percent") from None
        if not bps.is_finite():
            raise self._refusal("percent")
        if not 0 <= bps <= _WHOLE:
            raise self._refusal("range")
        if bps != bps.to_integral_value():
            raise self._refusal("decimals")
        return int(bps)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether another percentage was typed, however it is written."""
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True

    def _refusal(self, rule: str) -> ValidationError:
        return ValidationError(self.error_messages[rule], code=rule)
