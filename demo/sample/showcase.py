"""Makes the sample's collection, with its wide pictures and the stones of its story."""

import datetime

from django.core.files.base import ContentFile
from django.db import transaction

from demo.sample import designs
from donations.models import Pledge
from store.models import Collection, CollectionImage
from store.services import catalog, pictures


def make_collection(pledge: Pledge, *, at: datetime.datetime) -> Collection:
    """Return the sample's collection, made and published the first time."""
    data = designs.read_data("collection.toml")
    known = Collection.objects.filter(slug=data["slug"]).first()
    if known is not None:
        return known
    catalogue = {
        picture.file: picture
        for shown in designs.read_pictures().values()
        for picture in shown
    }
    with transaction.atomic():
        collection = Collection.objects.create(
            slug=data["slug"],
            name=data["name"],
            tagline=data["tagline"],
            description=data["description"].strip(),
            pledge=pledge,
        )
        for position, row in enumerate(data["pictures"], start=1):
            picture = catalogue[row["file"]]
            _add_picture(collection, position, row, picture)
        catalog.publish_collections(collection_ids=[collection.pk], at=at)
    return collection


def _add_picture(
    collection: Collection,
    position: int,
    row: dict[str, str],
    picture: designs.Picture,
) -> None:
    image = CollectionImage.objects.create(
        collection=collection,
        position=position,
        file=ContentFile(picture.path.read_bytes(), name=picture.file),
        role=row["role"],
        caption=row.get("caption", ""),
        alt_text=picture.alt_text,
    )
    pictures.owe_renditions(picture=image)
