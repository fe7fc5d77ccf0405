"""Money as people type it: 2,499.00 in a form, 249900 minor units in the row.

The currency is that of the row: typed beside the amount, or stored already. The
donations app has a field of its own; the reading and writing is one function there.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from donations.domain import money
from store.admin import looking, percent_fields, screens

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm


class MoneyField(forms.Field):
    """Shows and reads an amount in the unit that people speak of, of `currency`."""

    widget = forms.TextInput(
        {"inputmode": "decimal", "size": 12, "maxlength": 24, "class": "money"}
    )
    default_error_messages = {
        "currency": "An amount needs a currency of three capitals, as USD.",
        "least": "It must be at least %(least)s.",
    }

    def __init__(self, *, least: int = 0, **kwargs: Any) -> None:
        # A model's field also names the limits of its column; the model checks them.
        super().__init__(
            **{k: v for k, v in kwargs.items() if k not in {"min_value", "max_value"}}
        )
        self.least = least
        self.currency = ""

    def prepare_value(self, value: Any) -> Any:
        """Return stored minor units as text; what was typed stays as it was."""
        return self._write(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        """Return minor units, or None when nothing was typed.

        Raises:
            ValidationError: it is no amount of the currency; the rule is named.
        """
        text = str(value or "").strip()
        if not text:
            return None
        if not self.currency and text in {"0", "0.00"}:
            return 0
        amount = self._read(text)
        if amount < self.least:
            least = self._write(self.least)
            raise ValidationError(self.error_messages["least"], params={"least": least})
        return amount

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether another amount was typed, however it is written."""
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True

    def _read(self, text: str) -> int:
        try:
            return money.parse_money(text, self.currency).amount
        except money.AmountTextError as error:
            raise ValidationError(f"Not an amount: {error}.") from None
        except ValueError:
            raise ValidationError(self.error_messages["currency"]) from None

    def _write(self, amount: int) -> str:
        try:
            return money.format_plain(money.Money(amount, self.currency))
        except ValueError:
            return str(amount)


class MoneyForm(ModelForm):
    """A form that tells its amounts the currency of the row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "currency" in self.fields:
            currency = str(self["currency"].value() or "").strip()
        else:
            currency = getattr(self.instance, "currency", "")
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = currency


class MoneyScreen(looking.Spoken, screens.Screen):
    """A screen on which amounts are typed; `money_fields` names them with a help.

    `percent_fields` does so for percentages. Who may only look sees both in words.
    """

    form = MoneyForm

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Give amounts and percentages their field."""
        if db_field.name in self.money_fields:
            return _make_field(db_field, self.money_fields[db_field.name])
        if db_field.name in self.percent_fields:
            return _make_percent(db_field, self.percent_fields[db_field.name])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_list_display(self, request: HttpRequest) -> Any:
        """List what may be typed in the list in words for who may only look."""
        columns = super().get_list_display(request)
        may_type = self.has_change_permission(request)
        return columns if may_type else self._speak(columns)

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Let amounts be typed in the list, too."""
        return super().get_changelist_form(request, **{"form": MoneyForm, **kwargs})


class MoneyRows(looking.Spoken, screens.Rows):
    """Rows in which amounts are typed; `money_fields` names them with a help."""

    form = MoneyForm

    class Media:
        """Narrow fields, so that the rows fit the screen."""

        css = {"all": ["store/admin/money.css"]}

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Give amounts their field."""
        if db_field.name in self.money_fields:
            return _make_field(db_field, self.money_fields[db_field.name])
        return super().formfield_for_dbfield(db_field, request, **kwargs)


def _make_field(column: Any, help_text: str) -> Any:
    """Return the field of a column, with the least that the column allows."""
    limits = [getattr(check, "limit_value", None) for check in column.validators]
    least = 1 if 1 in limits else 0
    return column.formfield(form_class=MoneyField, help_text=help_text, least=least)


def _make_percent(column: Any, help_text: str) -> Any:
    return column.formfield(
        form_class=percent_fields.PercentField,
        help_text=help_text,
        label=column.verbose_name.removesuffix(" bps").capitalize(),
    )
