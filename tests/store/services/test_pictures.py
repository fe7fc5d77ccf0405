"""Renditions of real pictures."""

import io
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, UnidentifiedImageError

from store.models import ItemImage
from store.services import pictures
from tests.store_factories import (
    make_collection_image,
    make_item,
    make_item_image,
    make_picture,
)

pytestmark = pytest.mark.django_db

CAMERA = 0x010F
ORIENTATION = 0x0112
QUARTER_TURN = 6


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def item(_own_media):
    """An item without pictures."""
    return make_item()


def make_photo(*, width, height, **options):
    """Return a JPEG file as a camera writes it, with a gradient in it."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return ContentFile(buffer.getvalue(), name="photo.jpg")


def make_exif(**tags):
    """Return what a camera writes beside a picture: its own name, and the turn."""
    exif = Image.Exif()
    exif[CAMERA] = "Secret Camera"
    exif.update({int(tag.removeprefix("tag_")): value for tag, value in tags.items()})
    return exif


def render(picture, at):
    """Make the picture's renditions and return them as stored."""
    pictures.render_picture(owner="item", picture_id=picture.pk, at=at)
    picture.refresh_from_db()
    return picture.renditions


def open_rendition(name):
    """Return one rendition as Pillow reads it."""
    with default_storage.open(name) as stored:
        return Image.open(io.BytesIO(stored.read()))


def test_picture_gets_every_width_in_every_format(item, at):
    """A wide picture is rendered as AVIF, WebP and JPEG in all six widths."""
    picture = make_item_image(item=item, file=make_photo(width=1700, height=850))

    renditions = render(picture, at)

    widths = {kind: [width for width, _ in rows] for kind, rows in renditions.items()}
    assert widths == {kind: list(pictures.WIDTHS) for kind in ("avif", "webp", "jpeg")}
    assert picture.rendered_at == at


@pytest.mark.parametrize("kind", ["avif", "webp", "jpeg"])
def test_rendition_is_what_it_says(kind, item, at):
    """Each file has its format, its width, and the original's proportions."""
    picture = make_item_image(item=item, file=make_photo(width=640, height=480))

    ((_, name), *_, last) = render(picture, at)[kind]

    first = open_rendition(name)
    assert (first.format.lower(), first.size) == (kind, (320, 240))
    assert open_rendition(last[1]).size == (640, 480)


def test_small_picture_is_not_blown_up(item, at):
    """A picture narrower than every width keeps its own."""
    picture = make_item_image(item=item, file=make_picture(width=40, height=40))

    renditions = render(picture, at)

    assert [width for width, _ in renditions["webp"]] == [40]


def test_rendition_tells_nothing_of_the_camera(item, at):
    """What the camera wrote beside the picture is in no rendition."""
    photo = make_photo(width=40, height=40, exif=make_exif())
    picture = make_item_image(item=item, file=photo)

    renditions = render(picture, at)

    for ((_, name),) in renditions.values():
        assert not open_rendition(name).getexif()


def test_turned_photo_is_upright(item, at):
    """A photo that its camera marked as turned is rendered upright."""
    exif = make_exif(**{f"tag_{ORIENTATION}": QUARTER_TURN})
    picture = make_item_image(
        item=item, file=make_photo(width=60, height=40, exif=exif)
    )

    ((_, name),) = render(picture, at)["jpeg"]

    assert open_rendition(name).size == (40, 60)
    assert (picture.width, picture.height) == (40, 60)


def test_second_rendering_stores_the_same_files(item, at):
    """The same original gives the same names, and no file twice."""
    picture = make_item_image(item=item)
    first = render(picture, at)
    files = set(default_storage.listdir("store/renditions")[1])
    pictures.owe_renditions(picture=picture)

    assert render(picture, at) == first

    assert set(default_storage.listdir("store/renditions")[1]) == files


def test_rendered_picture_is_left_alone(item, at):
    """A doubled nudge renders nothing again."""
    picture = make_item_image(item=item)
    render(picture, at)

    render(picture, at + timedelta(days=1))

    assert picture.rendered_at == at


def test_picture_that_is_gone_is_left_alone(item, at):
    """A picture deleted before its turn came asks for nothing."""
    pictures.render_picture(owner="item", picture_id=0, at=at)

    assert not default_storage.exists("store/renditions")


def test_replaced_picture_gets_new_names(item, at):
    """Another original gives other names, so that no old rendition is served."""
    picture = make_item_image(item=item)
    before = render(picture, at)
    picture.file.save("other.jpg", make_photo(width=44, height=40))
    pictures.owe_renditions(picture=picture)

    assert render(picture, at) != before


def test_file_replaced_while_rendering_stays_owed(item, at, monkeypatch):
    """Renditions of a file that was replaced meanwhile are not taken for the new."""
    picture = make_item_image(item=item)
    transpose = pictures.ImageOps.exif_transpose

    def replace(image):
        ItemImage.objects.get().file.save("newer.jpg", make_picture())
        return transpose(image)

    monkeypatch.setattr("PIL.ImageOps.exif_transpose", replace)

    assert render(picture, at) == {}
    assert picture.rendered_at is None


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_file_that_is_no_picture_stays_owed(content, item, at):
    """What cannot be read raises, and the picture stays owed."""
    picture = make_item_image(item=item)
    with default_storage.open(picture.file.name, "wb") as stored:
        stored.write(content)

    with pytest.raises(UnidentifiedImageError):
        render(picture, at)

    assert pictures.find_unrendered(limit=9) == [("item", picture.pk)]


def test_lost_file_raises(item, at):
    """A picture whose file is gone raises what a sweep knows how to log."""
    picture = make_item_image(item=item)
    default_storage.delete(picture.file.name)

    with pytest.raises(OSError, match="No such file"):
        render(picture, at)


def test_owed_renditions_are_asked_for(item, at, django_capture_on_commit_callbacks):
    """A picture whose file changed is owed again, and a worker is asked once."""
    picture = make_item_image(item=item)
    render(picture, at)

    with django_capture_on_commit_callbacks() as asked:
        pictures.owe_renditions(picture=picture)

    assert len(asked) == 1
    assert pictures.find_unrendered(limit=9) == [("item", picture.pk)]


def test_unrendered_pictures_of_both_kinds_are_found(item):
    """Pictures of items and of collections are found, up to the limit."""
    of_item = make_item_image(item=item)
    of_collection = make_collection_image(collection=item.collection)
    both = [("item", of_item.pk), ("collection", of_collection.pk)]

    assert pictures.find_unrendered(limit=9) == both
    assert pictures.find_unrendered(limit=1) == both[:1]


def test_collections_picture_is_rendered(item, at):
    """A collection's picture gets its renditions in the same way."""
    picture = make_collection_image(collection=item.collection)

    pictures.owe_renditions(picture=picture)
    pictures.render_picture(owner="collection", picture_id=picture.pk, at=at)

    picture.refresh_from_db()
    assert set(picture.renditions) == {"avif", "webp", "jpeg"}
