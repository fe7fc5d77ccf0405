"""Pictures: shown wherever they are listed, replaced where their item is edited."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from store.admin import screens
from store.models import CollectionImage, ItemImage
from store.models.pictures import Picture
from store.services import pictures as renditions

if TYPE_CHECKING:
    PictureModelForm = forms.ModelForm[Any]
else:
    PictureModelForm = forms.ModelForm

_LIST_PIXELS = 60
_FORM_PIXELS = 240


def thumbnail(picture: Picture | None, *, width: int = _LIST_PIXELS) -> str:
    """Return a picture at `width` pixels, with its size and alternative text."""
    if picture is None or not picture.file:
        return screens.NOTHING
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}" loading="lazy">',
        picture.jpeg_url(at_least=2 * width),
        width,
        width * picture.height // (picture.width or width),
        picture.alt_text,
    )


class PictureForm(PictureModelForm):
    """A picture; a replaced file owes its renditions anew."""

    def clean(self) -> dict[str, Any]:
        """Forget the renditions of the file before."""
        if "file" in self.changed_data:
            self.instance.renditions = {}
            self.instance.rendered_at = None
        return super().clean() or self.cleaned_data


def owe_renditions(forms_saved: Iterable[Any]) -> None:
    """Ask a worker to render what the forms uploaded."""
    for form in forms_saved:
        if "file" in form.changed_data and form.instance.pk:
            renditions.owe_renditions(picture=form.instance)


class PictureRows(screens.StackedRows):
    """The pictures of an item or a collection, each shown beside its fields."""

    form = PictureForm
    extra = 0
    readonly_fields = ["shown"]
    ordering = ["position", "id"]

    @admin.display(description="Picture")
    def shown(self, picture: Picture) -> str:
        """Show the picture as it is stored now."""
        return thumbnail(picture, width=_FORM_PIXELS)


class ItemImageRows(PictureRows):
    """The gallery of an item, in the order that shoppers see."""

    model = ItemImage
    fields = ["shown", "file", "alt_text", "view", "position"]


class CollectionImageRows(PictureRows):
    """The wide pictures and the story of a collection."""

    model = CollectionImage
    fields = ["shown", "file", "alt_text", "role", "caption", "position"]


class PictureScreen(screens.Screen):
    """All pictures of one kind: to find one, and to see which are still rendered."""

    form = PictureForm
    list_per_page = 40
    readonly_fields = ["shown", "size_in_pixels", "rendered_at"]
    ordering = ["-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse to add: a picture is added where it belongs."""
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: Any,
        form: Any,
        change: bool,  # noqa: FBT001
    ) -> None:
        """Save, and have a replaced file rendered."""
        super().save_model(request, obj, form, change)
        owe_renditions([form])

    @admin.display(description="Picture")
    def shown(self, picture: Picture) -> str:
        """Show the picture large on its form."""
        return thumbnail(picture, width=_FORM_PIXELS)

    @admin.display(description="Picture")
    def small(self, picture: Picture) -> str:
        """Show the picture small in the list."""
        return thumbnail(picture)

    @admin.display(description="Size in pixels")
    def size_in_pixels(self, picture: Picture) -> str:
        """Return width and height of the original."""
        return f"{picture.width} x {picture.height}"

    @admin.display(description="Rendered", boolean=True)
    def is_rendered(self, picture: Picture) -> bool:
        """Tell whether the worker has made the renditions."""
        return picture.rendered_at is not None


@admin.register(ItemImage)
class ItemImageScreen(PictureScreen):
    """Pictures of items."""

    list_display = ["small", "alt_text", "item", "view", "position", "is_rendered"]
    list_display_links = ["small", "alt_text"]
    list_select_related = ["item"]
    list_filter = [("rendered_at", admin.EmptyFieldListFilter), "item__collection"]
    search_fields = ["alt_text", "item__name", "item__slug"]
    autocomplete_fields = ["item"]
    fields = [
        "shown",
        "item",
        "file",
        "alt_text",
        "view",
        "position",
        "size_in_pixels",
        "rendered_at",
    ]


@admin.register(CollectionImage)
class CollectionImageScreen(PictureScreen):
    """Pictures of collections."""

    list_display = ["small", "alt_text", "collection", "role", "is_rendered"]
    list_display_links = ["small", "alt_text"]
    list_select_related = ["collection"]
    list_filter = [("rendered_at", admin.EmptyFieldListFilter), "role"]
    search_fields = ["alt_text", "collection__name"]
    fields = [
        "shown",
        "collection",
        "file",
        "alt_text",
        "role",
        "caption",
        "position",
        "size_in_pixels",
        "rendered_at",
    ]


def first_picture(parent: Any) -> Picture | None:
    """Return the first prefetched picture of an item or a collection."""
    images: list[Picture] = list(parent.images.all())
    return min(images, key=lambda image: (image.position, image.pk), default=None)
