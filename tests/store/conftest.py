"""What tests of several rooms of the store stand on."""

import pytest
from django.conf import settings as current


@pytest.fixture
def private_papers(settings):
    """Keep contracts where no address leads, as an installation should."""
    settings.STORAGES = {
        **current.STORAGES,
        "papers": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    }
    settings.DONATIONS = {**current.DONATIONS, "DOCUMENT_STORAGE": "papers"}
