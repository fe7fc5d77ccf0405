"""Keeps the files of contracts, consents, extracts and filings, and their digests.

They go into the storage that `DONATIONS["DOCUMENT_STORAGE"]` names, under names that
nobody can guess, and out of it through the admin alone.
"""

import hashlib
import secrets
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from django.core.files.storage import Storage, storages

from donations.conf import conf
from donations.models import Document

if TYPE_CHECKING:
    from django.core.files.base import File

_FOLDER = "donations/papers"
_CHUNK_BYTES = 1024 * 1024
_TITLE_ROOM = 200


class EmptyDocumentError(ValueError):
    """A file without content proves nothing: choose the right one."""


def store_document(
    *, upload: "File[bytes]", stored_by_id: int | None, at: datetime
) -> Document:
    """Keep a file with the SHA-256 of its content.

    Raises:
        EmptyDocumentError: the file has no content.
    """
    if not upload.size:
        raise EmptyDocumentError(f"{upload.name} is empty")
    digest = _hash(upload)
    upload.seek(0)
    name = _storage().save(f"{_FOLDER}/{secrets.token_hex(16)}", upload)
    return Document.objects.create(
        title=PurePath(str(upload.name)).name[:_TITLE_ROOM],
        name=name,
        sha256=digest,
        stored_at=at,
        stored_by_id=stored_by_id,
    )


def open_document(*, document: Document) -> "File[bytes]":
    """Open a stored file for reading; the caller closes it.

    Raises:
        FileNotFoundError: the storage has lost it.
    """
    return _storage().open(document.name)


def is_intact(*, document: Document) -> bool:
    """Tell whether the file is there and is what was stored."""
    try:
        with open_document(document=document) as stored:
            return _hash(stored) == document.sha256
    except FileNotFoundError:
        return False


def _hash(file: "File[bytes]") -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _storage() -> Storage:
    return storages[conf.DOCUMENT_STORAGE]
