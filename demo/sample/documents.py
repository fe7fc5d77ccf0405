"""The papers behind the sample's custody events: small text files that say so.

Their first line is FICTIONAL. Equal steps give equal bytes, so digests are stable, and
steps of several pieces that rest on one paper share one file.
"""

import hashlib
import re

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from demo.sample.chains import Step

FOLDER = "store/documents"


def text_of(step: Step) -> str:
    """Return what the paper behind a step says."""
    facility = step.facility
    return (
        "FICTIONAL\n"
        f"{step.document}\n"
        f"Issued by {facility.actor}, {facility.address}, {facility.country}.\n"
        f"Step: {step.kind.value}, on {step.on.isoformat()}.\n"
        "This paper belongs to sample data. It proves nothing.\n"
    )


def digest_of(step: Step) -> str:
    """Return the SHA-256 of the paper behind a step."""
    return hashlib.sha256(text_of(step).encode()).hexdigest()


def store(step: Step) -> str:
    """Keep the paper behind a step, once, and return its name in the storage."""
    slug = re.sub(r"[^a-z0-9]+", "-", step.document.lower()).strip("-")
    name = f"{FOLDER}/{slug}.txt"
    if default_storage.exists(name):
        return name
    return default_storage.save(name, ContentFile(text_of(step).encode()))
