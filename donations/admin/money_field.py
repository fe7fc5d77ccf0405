"""Money as people type it: 25.00 in a form, 2500 minor units in the row."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from donations.domain import money

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

_NO_CURRENCY = "An amount needs a currency of three capitals, as USD."
_NEGATIVE = "An amount is not negative."


class MoneyField(forms.Field):
    """Shows and reads an amount in the unit that people speak of, of `currency`."""

    widget = forms.TextInput({"inputmode": "decimal", "size": 12, "maxlength": 24})

    def __init__(self, **kwargs: Any) -> None:
        # A model's field also names the limits of its column; the model checks them.
        super().__init__(
            **{k: v for k, v in kwargs.items() if k not in {"min_value", "max_value"}}
        )
        self.currency = ""

    def prepare_value(self, value: Any) -> Any:
        """Return stored minor units as text; what was typed stays as it was."""
        if not isinstance(value, int):
            return value
        try:
            return money.format_plain(money.Money(value, self.currency))
        except ValueError:
            return str(value)

    def to_python(self, value: Any) -> int | None:
        """Return minor units, or None when nothing was typed.

        Raises:
            ValidationError: it is no amount of the currency; the rule is named.
        """
        text = str(value or "").strip()
        if not text:
            return None
        try:
            amount = money.parse_money(text, self.currency).amount
        except money.AmountTextError as error:
            raise ValidationError(f"Not an amount: {error}.") from None
        except ValueError:
            raise ValidationError(_NO_CURRENCY) from None
        if amount < 0:
            raise ValidationError(_NEGATIVE)
        return amount

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether another amount was typed, however it is written."""
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


class MoneyForm(ModelForm):
    """A form that tells its amounts the currency of the row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "currency" not in self.fields:
            return
        currency = str(self["currency"].value() or "").strip()
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = currency
