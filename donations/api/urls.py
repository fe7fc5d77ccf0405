"""Addresses of the impact part of the API, under /api/v1/."""

from django.urls import path

from donations.api import views

app_name = "donations_api"

urlpatterns = [
    path("impact/", views.ImpactList.as_view(), name="impact"),
    path("impact/<slug:slug>/", views.ImpactDetail.as_view(), name="pledge"),
]
