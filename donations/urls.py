"""Addresses of the impact pages."""

from django.urls import path

from donations import views

app_name = "donations"

urlpatterns = [
    path("impact/", views.show_impact, name="impact"),
    path(
        "impact/acknowledge/<slug:token>/",
        views.acknowledge,
        name="acknowledge",
    ),
    path(
        "impact/acknowledge/<slug:token>/remittance.csv",
        views.download_advice,
        name="advice_csv",
    ),
    path("impact/<slug:slug>/", views.show_pledge, name="pledge"),
]
