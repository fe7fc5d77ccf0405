"""Addresses below `/dev/mail/`."""

from django.urls import path

from demo.mail import views

app_name = "mail"

urlpatterns = [
    path("", views.list_mail, name="list"),
    path("<slug:name>/", views.show_mail, name="detail"),
    path("<slug:name>/html/", views.show_html, name="html"),
    path("<slug:name>/source/", views.show_source, name="source"),
]
