"""The mail pages alone, at the place where the demo has them."""

from django.urls import include, path

urlpatterns = [path("dev/mail/", include("demo.mail.urls"))]
