"""Reading the catalog: collections and items."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.response import Response

from donations.services import pledges
from store.api import filters, pagination
from store.api.describing import describe
from store.api.serializers import catalog
from store.api.views import base
from store.models import Collection, CollectionImage, Item, ItemImage, Piece

_COLLECTION_PICTURES = Prefetch(
    "images", CollectionImage.objects.order_by("position", "id")
)
_ITEM_PICTURES = Prefetch("images", ItemImage.objects.order_by("position", "id"))
_SHOWN_PIECES = Prefetch(
    "pieces",
    Piece.objects.shown().select_related("certificate").order_by("serial_number"),
    to_attr="shown_pieces",
)


class CatalogView(base.StoreView):
    """A view that shows prices, and so needs the terms of the day."""

    terms: dict[int, pledges.Terms] = {}

    def read_terms(self, pledge_ids: Iterable[int]) -> None:
        """Keep the terms of today for the serializer."""
        self.terms = pledges.list_terms(pledge_ids=pledge_ids, on=timezone.localdate())

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the terms."""
        return {**super().get_serializer_context(), "terms": self.terms}


class CollectionList(CatalogView):
    """The published collections."""

    queryset = Collection.objects.published().prefetch_related(_COLLECTION_PICTURES)
    serializer_class = catalog.CollectionSerializer
    pagination_class = pagination.KeysetPagination
    orderings = {"newest": ("-published_at", "-id")}

    @describe(
        "collections_list",
        "List collections",
        tag="catalog",
        good=catalog.CollectionSerializer(many=True),
        bad=(400,),
    )
    def get(self, request: Request) -> Response:
        """List the published collections, each with the terms of its pledge."""
        page = self.paginate_queryset(self.get_queryset()) or []
        self.read_terms(collection.pledge_id for collection in page)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class CollectionDetail(CatalogView):
    """One published collection."""

    queryset = CollectionList.queryset
    serializer_class = catalog.CollectionSerializer
    lookup_field = "slug"

    @describe(
        "collections_retrieve",
        "Read a collection",
        tag="catalog",
        good=catalog.CollectionSerializer,
        bad=(404,),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Read one published collection."""
        collection = self.get_object()
        self.read_terms([collection.pledge_id])
        return Response(self.get_serializer(collection).data)


class ItemList(CatalogView):
    """The published items."""

    queryset = (
        Item.objects.published()
        .with_availability()
        .select_related("collection")
        .prefetch_related(_ITEM_PICTURES)
    )
    serializer_class = catalog.ItemSummarySerializer
    pagination_class = pagination.KeysetPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = filters.ItemFilter
    orderings = {
        "curated": ("collection_id", "position", "id"),
        "newest": ("-published_at", "-id"),
        "price": ("price_amount", "id"),
        "-price": ("-price_amount", "-id"),
    }

    @describe(
        "items_list",
        "List items",
        tag="catalog",
        good=catalog.ItemSummarySerializer(many=True),
        bad=(400,),
    )
    def get(self, request: Request) -> Response:
        """List, filter and search the published items."""
        matching = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(matching) or []
        self.read_terms(item.collection.pledge_id for item in page)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ItemDetail(CatalogView):
    """One published item."""

    queryset = ItemList.queryset.prefetch_related(_SHOWN_PIECES)
    serializer_class = catalog.ItemSerializer
    lookup_field = "slug"

    @describe(
        "items_retrieve",
        "Read an item",
        tag="catalog",
        good=catalog.ItemSerializer,
        bad=(404,),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Read one item with its pieces, their certificates and what we give."""
        item = self.get_object()
        self.read_terms([item.collection.pledge_id])
        return Response(self.get_serializer(item).data)
