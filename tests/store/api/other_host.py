"""A host with an API of its own: DRF set up its way, and our tools not installed."""

from tests.settings import *  # noqa: F403  # Everything else is as in the other tests.
from tests.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [
    app
    for app in _APPS
    if app not in {"rest_framework", "django_filters", "drf_spectacular"}
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.AdminRenderer"],
    "DEFAULT_SCHEMA_CLASS": "rest_framework.schemas.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "DEFAULT_FILTER_BACKENDS": ["rest_framework.filters.SearchFilter"],
    "EXCEPTION_HANDLER": "no.such.handler",
    "PAGE_SIZE": 1,
}
SPECTACULAR_SETTINGS = {"TITLE": "Another API", "OAS_VERSION": "3.0.3"}
