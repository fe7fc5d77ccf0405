"""The addresses that the schema describes: ours alone, whatever else a host has."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("store.api.urls")),
    path("api/v1/", include("donations.api.urls")),
]
