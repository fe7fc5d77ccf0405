"""Addresses of the store's part of the API, under /api/v1/."""

from django.urls import path

from store.api import documentation, views

app_name = "store_api"

urlpatterns = [
    path("collections/", views.CollectionList.as_view(), name="collections"),
    path(
        "collections/<slug:slug>/",
        views.CollectionDetail.as_view(),
        name="collection",
    ),
    path("items/", views.ItemList.as_view(), name="items"),
    path("items/<slug:slug>/", views.ItemDetail.as_view(), name="item"),
    path(
        "certificates/<slug:number>/",
        views.CertificateDetail.as_view(),
        name="certificate",
    ),
    path("orders/<slug:token>/", views.OrderDetail.as_view(), name="order"),
    path("schema/", documentation.SchemaView.as_view(), name="schema"),
    path("docs/", documentation.show_docs, name="docs"),
]
