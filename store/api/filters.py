"""What a list of items can be narrowed by."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from store.models import Item
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
