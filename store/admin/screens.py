"""What the screens share: the read-only kind, and columns for money and links."""

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from donations.domain import money

if TYPE_CHECKING:
    Screen = admin.ModelAdmin[Any]
    Rows = admin.TabularInline[Any, Any]
    StackedRows = admin.StackedInline[Any, Any]
else:
    # Django's admin classes cannot be subscripted when the program runs.
    Screen = admin.ModelAdmin
    Rows = admin.TabularInline
    StackedRows = admin.StackedInline

NOTHING = "-"

Column = Callable[[Any, Any], str]


class ReadOnlyScreen(Screen):
    """A screen to look, never to touch: money and its traces change in services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse to add."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        """Refuse to change."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        """Refuse to delete."""
        return False


class ReadOnlyRows(Rows):
    """Rows beneath their parent, to look at."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        """Refuse to add."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        """Refuse to change."""
        return False


def money_column(field: str, description: str, *, currency: str = "currency") -> Column:
    """Return a column that writes the minor units in `field` as people read money.

    `currency` is the path from the row to the currency's code.
    """
    read_currency = attrgetter(currency)

    @admin.display(description=description, ordering=field, empty_value=NOTHING)
    def column(_screen: object, row: models.Model) -> str:
        amount = getattr(row, field)
        if amount is None:
            return NOTHING
        return format_amount(amount, read_currency(row))

    return column


def format_amount(amount: int, currency: str) -> str:
    """Return minor units as people read money; without a currency as they are."""
    if not currency:
        return f"{amount:,}"
    return money.format_money(money.Money(amount, currency))


def percent(basis_points: int) -> str:
    """Return basis points as people speak of them: 10%, 8.88%."""
    whole, part = divmod(basis_points, 100)
    return f"{whole}.{part:02}".rstrip("0").rstrip(".") + "%" if part else f"{whole}%"


def link_column(path: str, description: str) -> Column:
    """Return a column that links to the screen of the row found along `path`.

    The list must select the rows of the path with its own.
    """
    read_target = attrgetter(path)

    @admin.display(description=description, ordering=path.replace(".", "__"))
    def column(_screen: object, row: models.Model) -> str:
        target = read_target(row)
        return NOTHING if target is None else link_to(target)

    return column


def link_to(target: models.Model) -> SafeString:
    """Return a link to the screen of one row."""
    return format_html('<a href="{}">{}</a>', screen_of(target), target)


def screen_of(target: models.Model) -> str:
    """Return the address of the screen of one row."""
    options = target._meta
    name = f"admin:{options.app_label}_{options.model_name}_change"
    return reverse(name, args=[target.pk])


def link_to_list(
    model: type[models.Model], label: str, **filters: int | str
) -> SafeString:
    """Return a link to the list of `model`, narrowed by `filters`."""
    options = model._meta
    address = reverse(
        f"admin:{options.app_label}_{options.model_name}_changelist", query=filters
    )
    return format_html('<a href="{}">{}</a>', address, label)
