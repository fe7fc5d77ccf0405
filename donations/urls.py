"""Addresses of the impact pages."""

from django.urls import path

from donations import views

app_name = "donations"

urlpatterns = [
    path("impact/", views.show_impact, name="impact"),
    path("impact/<slug:slug>/", views.show_pledge, name="pledge"),
]
