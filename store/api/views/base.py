"""What the views of the store's API share; a host's DRF settings change none of it."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import generics, negotiation, parsers, permissions, renderers
from rest_framework.pagination import BasePagination

from store.api import problems, throttles

# The address is the key to the order: no cache keeps it, no link carries it on.
SECRET = {
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
