"""What lists can be narrowed by."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from store.domain.order import DisputeStatus, OrderStatus, RefundStatus
from store.models import Difference, Dispute, Item, Order, Refund
from store.models.catalog import ItemQuerySet, Shade

_SEARCHED = ("name", "metal", "stone_summary", "description")
_MOST_WORDS = 8


class ItemFilter(django_filters.FilterSet):
    """Filters of `items/`; a name given twice widens, two names narrow."""

    collection = django_filters.CharFilter(
        field_name="collection__slug", label="The collection's slug."
    )
    kind = django_filters.MultipleChoiceFilter(
        choices=Item.Kind.choices, label="What the item is worn as."
    )
    shade = django_filters.MultipleChoiceFilter(
        choices=Shade.choices, label="The stone's shade."
    )
    metal = django_filters.CharFilter(
        lookup_expr="icontains", label="Words in the metal, as rose gold."
    )
    price_min = django_filters.NumberFilter(
        field_name="price_amount", lookup_expr="gte", label="Minor units."
    )
    price_max = django_filters.NumberFilter(
        field_name="price_amount", lookup_expr="lte", label="Minor units."
    )
    available = django_filters.BooleanFilter(
        field_name="is_available", label="Whether a piece can be bought now."
    )
    search = django_filters.CharFilter(
        method="filter_words", label="Words that all occur in name or description."
    )

    class Meta:
        """Only what is declared above."""

        model = Item
        fields: list[str] = []

    def filter_words(
        self, items: ItemQuerySet, _name: str, text: str
    ) -> QuerySet[Any, Any]:
        """Keep the items in which each word occurs somewhere."""
        for word in text.split()[:_MOST_WORDS]:
            found = Q()
            for column in _SEARCHED:
                found |= Q(**{f"{column}__icontains": word})
            items = items.filter(found)
        return items


class OrderFilter(django_filters.FilterSet):
    """Filters of the staff's `orders/`."""

    status = django_filters.MultipleChoiceFilter(
        choices=[(status.value, status.value) for status in OrderStatus],
        label="Where the order stands.",
    )
    number = django_filters.CharFilter(
        lookup_expr="iexact", label="The number that the customer quotes."
    )
    email = django_filters.CharFilter(
        lookup_expr="icontains", label="A part of the customer's address."
    )

    class Meta:
        """Only what is declared above."""

        model = Order
        fields: list[str] = []


class RefundFilter(django_filters.FilterSet):
    """Filters of `refunds/`."""

    status = django_filters.MultipleChoiceFilter(
        choices=[(status.value, status.value) for status in RefundStatus],
        label="Where the refund stands.",
    )
    order = django_filters.CharFilter(
        field_name="payment__order__number",
        lookup_expr="iexact",
        label="The order's number.",
    )

    class Meta:
        """Only what is declared above."""

        model = Refund
        fields: list[str] = []


class DisputeFilter(django_filters.FilterSet):
    """Filters of `disputes/`."""

    status = django_filters.MultipleChoiceFilter(
        choices=[(status.value, status.value) for status in DisputeStatus],
        label="Where the dispute stands.",
    )
    order = django_filters.CharFilter(
        field_name="payment__order__number",
        lookup_expr="iexact",
        label="The order's number.",
    )

    class Meta:
        """Only what is declared above."""

        model = Dispute
        fields: list[str] = []


class DifferenceFilter(django_filters.FilterSet):
    """Filters of `differences/`."""

    kind = django_filters.MultipleChoiceFilter(
        choices=Difference.Kind.choices, label="What disagrees."
    )
    open = django_filters.BooleanFilter(
        field_name="resolved_at",
        lookup_expr="isnull",
        label="Whether nobody has resolved it.",
    )

    class Meta:
        """Only what is declared above."""

        model = Difference
        fields: list[str] = []
