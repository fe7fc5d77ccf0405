"""Collections and items: what shoppers see, priced, ordered and published."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from store.admin import pictures, price_changes, prices, screens
from store.models import Collection, Item, Piece
from store.models.pictures import Picture
from store.services import catalog


class PublishedScreen(screens.Screen):
    """Rows that are a draft until they are published, by an action only."""

    show_facets = admin.ShowFacets.ALWAYS
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["published_at"]

    @admin.display(description="Live", boolean=True, ordering="published_at")
    def is_live(self, row: Any) -> bool:
        """Tell whether shoppers may see the row."""
        return row.published_at is not None

    def report(self, request: HttpRequest, rows: QuerySet[Any], verb: str) -> None:
        """Write the action into the history of each row and tell the person."""
        for row in rows:
            self.log_change(request, row, f"{verb}.")
        messages.success(request, f"{verb}: {', '.join(str(row) for row in rows)}.")

    def save_formset(
        self,
        request: HttpRequest,
        form: Any,
        formset: Any,
        change: bool,  # noqa: FBT001
    ) -> None:
        """Save the rows, and have new pictures rendered."""
        super().save_formset(request, form, formset, change)
        if issubclass(formset.model, Picture):
            pictures.owe_renditions(formset.forms)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the pictures of the whole page in one further query."""
        return super().get_queryset(request).prefetch_related("images")

    @admin.display(description="Picture")
    def picture(self, row: Any) -> str:
        """Show the first picture."""
        return pictures.thumbnail(pictures.first_picture(row))


@admin.register(Collection)
class CollectionScreen(PublishedScreen):
    """The collections, each with its pledge."""

    list_display = ["picture", "name", "is_live", "pledge", "item_count"]
    list_display_links = ["picture", "name"]
    list_select_related = ["pledge"]
    list_filter = [("published_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "slug"]
    date_hierarchy = "published_at"
    ordering = ["name"]
    actions = ["publish"]
    inlines = [pictures.CollectionImageRows]
    fieldsets = [
        (None, {"fields": ["name", "slug", "tagline", "description"]}),
        ("The promise", {"fields": ["pledge"]}),
        (
            "In the shop",
            {
                "fields": ["published_at"],
                "description": "Publish with the action in the list of collections.",
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the items of each collection in the same query."""
        return super().get_queryset(request).annotate(items_in_it=Count("items"))

    @admin.display(description="Items", ordering="items_in_it")
    def item_count(self, collection: Any) -> str:
        """Link to the items of the collection."""
        return screens.link_to_list(
            Item, str(collection.items_in_it), collection__id__exact=collection.pk
        )

    @admin.action(description="Publish the chosen collections", permissions=["change"])
    def publish(self, request: HttpRequest, rows: QuerySet[Collection]) -> None:
        """Show collections to shoppers."""
        ids = [row.pk for row in rows]
        catalog.publish_collections(collection_ids=ids, at=timezone.now())
        self.report(request, rows, "Published")


class PieceRows(screens.ReadOnlyRows):
    """The pieces of an item; each is edited on a screen of its own."""

    model = Piece
    fields = ["serial_number", "size", "status", "valid_certificate"]
    readonly_fields = ["valid_certificate"]
    ordering = ["serial_number"]
    valid_certificate = screens.link_column("certificate", "Certificate")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the certificates with the pieces."""
        return super().get_queryset(request).select_related("certificate")


@admin.register(Item)
class ItemScreen(PublishedScreen, price_changes.PricedScreen):
    """The items: repriced and reordered in the list, published by an action."""

    list_display = [
        "picture",
        "name",
        "price_amount",
        "price_text",
        "position",
        "is_live",
        "piece_count",
        "kind",
        "shade",
        "collection",
    ]
    list_display_links = ["picture", "name"]
    list_editable = ["price_amount", "position"]
    money_fields = {
        "price_amount": "As 2,499.00, in the currency beside it.",
        "engraving_amount": "What an engraving adds, as 45.00",
    }
    list_select_related = ["collection"]
    list_filter = [
        "collection",
        "kind",
        "shade",
        ("published_at", admin.EmptyFieldListFilter),
    ]
    search_fields = ["name", "slug", "pieces__serial_number"]
    search_help_text = "Name, address or a piece's serial number"
    date_hierarchy = "published_at"
    ordering = ["collection", "position", "id"]
    actions = ["publish", "unpublish"]
    inlines = [prices.PriceRows, pictures.ItemImageRows, PieceRows]
    readonly_fields = ["published_at", "price_text"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "collection", "kind", "position"]}),
        (
            "Price",
            {
                "fields": [
                    ("price_amount", "currency"),
                    "price_text",
                    ("engraving_length", "engraving_amount"),
                ],
                "description": "Orders already placed keep the price they had.",
            },
        ),
        (
            "Shown on the card and the page",
            {
                "fields": [
                    "stone_summary",
                    "shade",
                    "metal",
                    "dimensions",
                    "description",
                    "care",
                ]
            },
        ),
        (
            "In the shop",
            {
                "fields": ["published_at"],
                "description": "Publish with the action in the list of items.",
            },
        ),
    ]
    price_text = screens.money_column("price_amount", "As shown")

    class Media:
        """Narrow fields, so that a list of prices fits the screen."""

        css = {"all": ["store/admin/items.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the pieces of each item in the same query."""
        pieces = Piece.objects.filter(item=OuterRef("pk")).order_by().values("item")
        count = Subquery(pieces.annotate(count=Count("pk")).values("count"))
        return super().get_queryset(request).annotate(pieces_of_it=Coalesce(count, 0))

    @admin.display(description="Pieces", ordering="pieces_of_it")
    def piece_count(self, item: Any) -> str:
        """Link to the pieces of the item."""
        return screens.link_to_list(
            Piece, str(item.pieces_of_it), item__id__exact=item.pk
        )

    @admin.action(description="Publish the chosen items", permissions=["change"])
    def publish(self, request: HttpRequest, rows: QuerySet[Item]) -> None:
        """Show items to shoppers."""
        ids = [row.pk for row in rows]
        try:
            catalog.publish_items(item_ids=ids, at=timezone.now())
        except catalog.CurrencyNotPledgedError as error:
            text = f"The price is not in the currency of the pledge: {error}."
            messages.error(request, text)
        else:
            self.report(request, rows, "Published")

    @admin.action(description="Hide the chosen items", permissions=["change"])
    def unpublish(self, request: HttpRequest, rows: QuerySet[Item]) -> None:
        """Hide items from shoppers."""
        catalog.unpublish_items(item_ids=[row.pk for row in rows])
        self.report(request, rows, "Hidden")
