"""A host that has installed DRF's tokens."""

from tests.settings import *  # noqa: F403  # Everything else is as in the other tests.
from tests.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "rest_framework.authtoken"]
