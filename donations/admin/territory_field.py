"""Territories as people type them: `US-CA, GB` in a form, a list in the row."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from donations.domain import territory


class TerritoriesField(forms.Field):
    """Shows and reads codes of territories, parted by commas."""

    widget = forms.TextInput({"size": 40, "spellcheck": "false"})

    def __init__(self, **kwargs: Any) -> None:
        # A model's JSON field also says how JSON is read and written.
        super().__init__(
            **{k: v for k, v in kwargs.items() if k not in {"encoder", "decoder"}}
        )

    def prepare_value(self, value: Any) -> Any:
        """Return stored codes as text; what was typed stays as it was."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """Return the list of codes.

        Raises:
            ValidationError: a code is unknown; it is named.
        """
        try:
            return territory.parse_territories(str(value or ""))
        except territory.UnknownTerritoryError as error:
            raise ValidationError(str(error)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether other codes were typed, however they are written."""
        try:
            return self.to_python(data) != (initial or [])
        except ValidationError:
            return True
