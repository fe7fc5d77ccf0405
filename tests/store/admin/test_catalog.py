"""Items and collections: repriced in the list, published by an action, pictured."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from store.models import ItemImage
from tests.store.admin.forms import filled
from tests.store_factories import (
    make_collection,
    make_item,
    make_item_image,
    make_picture,
    make_piece,
)

pytestmark = pytest.mark.django_db

ITEMS = "admin:store_item_changelist"


def _act(client, model, action, *rows):
    client.post(
        reverse(f"admin:store_{model}_changelist"),
        {"action": action, "_selected_action": [row.pk for row in rows]},
    )


def test_five_items_are_repriced_at_once(admin_client):
    """Prices are typed in the list and saved together."""
    collection = make_collection()
    items = [make_item(collection=collection) for _ in range(5)]
    data = {"form-TOTAL_FORMS": 5, "form-INITIAL_FORMS": 5, "_save": "Save"}
    for number, item in enumerate(items):
        data |= {
            f"form-{number}-id": item.pk,
            f"form-{number}-price_amount": f"2,500.0{number}",
            f"form-{number}-position": number,
        }

    admin_client.post(reverse(ITEMS), data)

    for number, item in enumerate(items):
        item.refresh_from_db()
        assert item.price_amount == 250000 + number


def test_publishing_is_an_action(admin_client):
    """Items and collections become visible by an action and items hide by another."""
    collection = make_collection(is_published=False)
    item = make_item(collection=collection, is_published=False)

    _act(admin_client, "collection", "publish", collection)
    _act(admin_client, "item", "publish", item)

    collection.refresh_from_db()
    item.refresh_from_db()
    assert collection.published_at is not None
    assert item.published_at is not None
    _act(admin_client, "item", "unpublish", item)
    item.refresh_from_db()
    assert item.published_at is None


def test_history_remembers_actions(admin_client):
    """What an action did stands in the history of the row."""
    item = make_item(is_published=False)

    _act(admin_client, "item", "publish", item)

    page = admin_client.get(reverse("admin:store_item_history", args=[item.pk]))
    assert "Published." in page.content.decode()


def test_pictures_are_shown_with_their_size(admin_client):
    """List and form show the picture, and reserve its place."""
    item = make_item()
    make_item_image(item=item, alt_text="Aya ring, front.")

    pages = [
        admin_client.get(reverse(ITEMS)).content.decode(),
        admin_client.get(reverse("admin:store_item_change", args=[item.pk])),
    ]

    assert 'width="60" height="60" alt="Aya ring, front."' in pages[0]
    assert 'width="240" height="240"' in pages[1].content.decode()


def test_a_replaced_picture_is_rendered_anew(admin_client):
    """A new file forgets the renditions of the old one."""
    image = make_item_image(item=make_item())
    ItemImage.objects.update(
        renditions={"jpeg": [[320, "old.jpg"]]}, rendered_at=image.item.created_at
    )
    address = reverse("admin:store_item_change", args=[image.item_id])
    data = filled(admin_client.get(address))
    upload = SimpleUploadedFile("new.jpg", make_picture(width=50).read(), "image/jpeg")

    admin_client.post(address, data | {"images-0-file": upload})

    image.refresh_from_db()
    assert image.width == 50
    assert image.renditions == {}
    assert image.rendered_at is None


def test_an_item_links_its_pieces(admin_client):
    """From the item one click leads to each piece and to its certificate."""
    piece = make_piece(item=make_item())

    page = admin_client.get(reverse("admin:store_item_change", args=[piece.item_id]))

    text = page.content.decode()
    assert reverse("admin:store_piece_change", args=[piece.pk]) in text
    assert (
        reverse("admin:store_certificate_change", args=[piece.certificate_id]) in text
    )
