"""The reading part of the API: catalog, certificates, and an order by its token."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch
from django.http import Http404
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.openapi import AutoSchema
from rest_framework import generics, negotiation, parsers, permissions, renderers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from donations.services import pledges
from store.api import filters, pagination, problems, throttles
from store.api.describing import describe
from store.api.serializers import catalog, certificates
from store.api.serializers import orders as order_serializers
from store.models import (
    Certificate,
    Collection,
    CollectionImage,
    Item,
    ItemImage,
    Order,
    Piece,
)
from store.services import orders

_COLLECTION_PICTURES = Prefetch(
    "images", CollectionImage.objects.order_by("position", "id")
)
_ITEM_PICTURES = Prefetch("images", ItemImage.objects.order_by("position", "id"))
_SHOWN_PIECES = Prefetch(
    "pieces",
    Piece.objects.shown().select_related("certificate").order_by("serial_number"),
    to_attr="shown_pieces",
)
# The address is the key to the order: no cache keeps it, no link carries it on.
_SECRET = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class StoreView(generics.GenericAPIView[Any]):
    """What every view of the store's API shares; a host's DRF settings change none."""

    http_method_names = ["get", "head"]
    authentication_classes = []
    permission_classes = [permissions.AllowAny]
    throttle_classes = [throttles.ReadThrottle]
    renderer_classes = [renderers.JSONRenderer]
    parser_classes = [parsers.JSONParser]
    content_negotiation_class = negotiation.DefaultContentNegotiation
    versioning_class = None
    metadata_class = None
    filter_backends = []
    pagination_class: type[BasePagination] | None = None
    schema = AutoSchema()

    def get_exception_handler(self) -> Any:
        """Answer errors in the one shape."""
        return problems.answer


class CatalogView(StoreView):
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


class CertificateDetail(StoreView):
    """One certificate."""

    throttle_classes = [throttles.ReadThrottle, throttles.GuessThrottle]
    queryset = Certificate.objects.order_by("-version")
    serializer_class = certificates.CertificateSerializer

    @describe(
        "certificates_retrieve",
        "Read a certificate",
        tag="certificates",
        good=certificates.CertificateSerializer,
        bad=(404,),
    )
    def get(self, request: Request, number: str) -> Response:
        """Read the newest version of a certificate, whatever its status."""
        versions = list(self.get_queryset().filter(number=number))
        if not versions:
            throttles.count_guess(request)
            raise Http404
        context = {"versions": versions}
        return Response(
            certificates.CertificateSerializer(versions[0], context=context).data
        )


class OrderDetail(StoreView):
    """One order, for whoever holds its token."""

    queryset = Order.objects.all()
    serializer_class = order_serializers.OrderSerializer
    throttle_classes = [throttles.OrderThrottle, throttles.GuessThrottle]

    @describe(
        "orders_retrieve",
        "Read an order",
        tag="orders",
        good=order_serializers.OrderSerializer,
        bad=(404,),
    )
    def get(self, request: Request, token: str) -> Response:
        """Read one order by its secret token; a guessed one does not exist."""
        try:
            view = orders.read_order(token=token)
        except Order.DoesNotExist as error:
            throttles.count_guess(request)
            raise Http404 from error
        context = {"lines": view.lines}
        return Response(
            order_serializers.OrderSerializer(view.order, context=context).data,
            headers=_SECRET,
        )
