"""The API's OpenAPI 3.1 schema, of our addresses only and with our settings only.

docs/openapi.yaml is this schema, written by `make openapi`.
"""

import functools
import threading
from typing import Any, cast

from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from store.conf import conf

SETTINGS = {
    "TITLE": "Good Carat",
    "DESCRIPTION": (
        "Sells and tells: collections, items, certificates, carts and their checkout, "
        "an order by its token, what the collections have given, and for staff orders, "
        "refunds and disputes. Money is always minor units with a currency. Every "
        "error is a problem with code, message and fields."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [],
    "TAGS": [],
    "PREPROCESSING_HOOKS": [],
    "POSTPROCESSING_HOOKS": [],
    "COMPONENT_SPLIT_REQUEST": False,
    "SORT_OPERATIONS": True,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": "Staff logged in to the admin; writes send X-CSRFToken.",
            },
            "token": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "Token and a key of rest_framework.authtoken, if the "
                "host has installed it.",
            },
        }
    },
}

_BUILDING = threading.Lock()


def read_schema() -> dict[str, Any]:
    """Return the schema with the address at which this installation serves it."""
    here = reverse("store_api:schema").removesuffix("/api/v1/schema/")
    return {**_build(), "servers": [{"url": conf.SITE_URL + here}]}


@functools.cache
def _build() -> dict[str, Any]:
    # The generator reads its settings from a global, so one thread at a time.
    with _BUILDING, patched_settings(SETTINGS):
        generator = SchemaGenerator(  # type: ignore[no-untyped-call]  # It has no types.
            urlconf="store.api.described"
        )
        schema = generator.get_schema(  # type: ignore[no-untyped-call]  # Nor this.
            request=None, public=True
        )
        return cast(dict[str, Any], schema)
