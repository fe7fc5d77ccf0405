"""The host's addresses: the shop at the root, the admin, and what only a demo shows."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from django.views.static import serve

from demo import environment

_ICON = "store/icons/emblem.svg"

admin.site.site_header = admin.site.site_title = "Good Carat"

handler400 = "store.views.errors.bad_request"
handler403 = "store.views.errors.permission_denied"
handler404 = "store.views.errors.page_not_found"
handler500 = "store.views.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    # Browsers ask for it on pages that name no icon: the admin's.
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}{_ICON}")),
    path("", include("store.urls")),
]

if not environment.current().is_production:
    # In production a web server or an object store serves pictures, and mail leaves.
    urlpatterns += [
        path("dev/mail/", include("demo.mail.urls")),
        path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
    ]
