"""Amounts and percentages for staff who may look but not change.

Django shows them the stored numbers: minor units and basis points. Here each such
field has a column beside it that says what the number means, and takes its place.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from store.admin import screens

if TYPE_CHECKING:
    Base = admin.options.BaseModelAdmin[Any]
else:
    # What stands beside this in a class brings Django's own.
    Base = object

_SUFFIX = "_in_words"


class Spoken(Base):
    """Shows `money_fields` and `percent_fields` as people speak of them."""

    money_fields: Mapping[str, str] = {}
    percent_fields: Mapping[str, str] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Give each of the fields its column."""
        super().__init_subclass__(**kwargs)
        for name in cls.money_fields:
            setattr(cls, name + _SUFFIX, screens.money_column(name, _label(name)))
        for name in cls.percent_fields:
            setattr(cls, name + _SUFFIX, _percent_column(name))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Put the columns in the places of the fields for who may only look."""
        fieldsets = super().get_fieldsets(request, obj)
        if not self._is_looking(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": self._speak(options["fields"])})
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Name the columns, which no form has."""
        fields = super().get_readonly_fields(request, obj)
        if not self._is_looking(request, obj):
            return fields
        return [*fields, *(name + _SUFFIX for name in self._spoken())]

    def _is_looking(self, request: HttpRequest, obj: Any) -> bool:
        # A row that is being added has nothing to look at yet.
        return obj is not None and not self.has_change_permission(request, obj)

    def _spoken(self) -> list[str]:
        return [*self.money_fields, *self.percent_fields]

    def _speak(self, fields: Any) -> list[Any]:
        """Return names of fields, some of them in groups, with the columns' names."""
        spoken = self._spoken()
        return [
            self._speak(field)
            if isinstance(field, list | tuple)
            else field + _SUFFIX
            if field in spoken
            else field
            for field in fields
        ]


def _percent_column(name: str) -> Callable[[Any, Any], str]:
    @admin.display(description=_label(name), ordering=name)
    def column(_screen: object, row: Any) -> str:
        return screens.percent(getattr(row, name))

    return column


def _label(name: str) -> str:
    return name.removesuffix("_bps").replace("_", " ").capitalize()
