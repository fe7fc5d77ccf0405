"""Addresses of the store's part of the API, under /api/v1/."""

from django.urls import path

from store.api import documentation
from store.api.views import catalog, certificates, orders

app_name = "store_api"

urlpatterns = [
    path("collections/", catalog.CollectionList.as_view(), name="collections"),
    path(
        "collections/<slug:slug>/",
        catalog.CollectionDetail.as_view(),
        name="collection",
    ),
    path("items/", catalog.ItemList.as_view(), name="items"),
    path("items/<slug:slug>/", catalog.ItemDetail.as_view(), name="item"),
    path(
        "certificates/<slug:number>/",
        certificates.CertificateDetail.as_view(),
        name="certificate",
    ),
    path("orders/<slug:token>/", orders.OrderDetail.as_view(), name="order"),
    path("schema/", documentation.SchemaView.as_view(), name="schema"),
    path("docs/", documentation.show_docs, name="docs"),
]
