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
    path("impact/seals.json", views.send_seals, name="seals"),
    path("impact/feed.json", views.send_feed, name="feed"),
    path("impact/proof/<uuid:token>/", views.show_proof, name="proof"),
    path("impact/proof/<uuid:token>.json", views.send_proof, name="proof_json"),
    path("impact/<slug:slug>/", views.show_pledge, name="pledge"),
    path("impact/<slug:slug>/badge.svg", views.send_badge, name="badge"),
    path(
        "impact/<slug:slug>/statements/<int:number>.json",
        views.send_statement,
        name="statement_json",
    ),
    path(
        "impact/<slug:slug>/statements/<int:number>.csv",
        views.send_spreadsheet,
        name="statement_csv",
    ),
]
