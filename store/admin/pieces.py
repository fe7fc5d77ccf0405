"""Pieces: stones and chain of custody edited in place, and the gate to the shop.

A certified piece is read-only. To correct it: withdraw, start a correction, edit, and
put it on sale again, which issues the next version of its certificate.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import Script
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.urls import URLPattern, path
from django.utils import timezone

from store.admin import chain, pictures, screens
from store.domain.order import PieceStatus
from store.models import Certificate, Piece
from store.services import catalog

_FROZEN = (
    "The certificate has frozen these facts. To correct them, withdraw the piece and "
    "start a correction: the next certificate is a new version of this one."
)
_OPEN = "Nothing here is public until the piece goes on sale with a certificate."


@dataclass(frozen=True, slots=True)
class _Act:
    """What a button or an action does to one piece, and what it says about it."""

    do: Callable[[Piece, datetime], object]
    done: str
    refusal: str


def _put_on_sale(piece: Piece, at: datetime) -> None:
    if not catalog.put_on_sale(piece_ids=[piece.pk], at=at):
        raise catalog.PieceInUseError(piece.pk)


_PUT_ON_SALE = _Act(
    do=_put_on_sale,
    done="Put on sale",
    refusal="it is on sale already, held or sold.",
)
_WITHDRAW = _Act(
    do=lambda piece, _at: catalog.withdraw_piece(piece_id=piece.pk),
    done="Withdrawn",
    refusal="it is held or sold. Wait for its hold to end, or see to its order.",
)
_CORRECT = _Act(
    do=lambda piece, _at: catalog.revise_piece(piece_id=piece.pk),
    done="Opened for correction",
    refusal="withdraw it from sale first.",
)


@admin.register(Piece)
class PieceScreen(screens.Screen):
    """One physical piece, its chain, and whether it can be sold."""

    change_form_template = "store/admin/piece_change_form.html"
    show_facets = admin.ShowFacets.ALWAYS
    list_display = ["picture", "serial_number", "item_link", "size", "status", "papers"]
    list_display_links = ["picture", "serial_number"]
    list_select_related = ["item", "certificate"]
    list_filter = ["status", "item__collection", "item__kind", "item__shade"]
    search_fields = [
        "serial_number",
        "item__name",
        "certificates__number",
        "stones__report_number",
        "stones__inscription",
    ]
    search_help_text = "Serial number, item, certificate, report or inscription"
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    actions = ["put_on_sale", "withdraw", "start_correction"]
    autocomplete_fields = ["item"]
    inlines = [chain.StoneRows, chain.EventRows]
    item_link = screens.link_column("item", "Item")
    papers = screens.link_column("certificate", "Certificate")

    class Media:
        """The live line that says what is missing."""

        css = {"all": ["store/admin/chain.css"]}
        js = [Script("store/admin/chain.js", defer=True)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the pictures of the whole page in one further query."""
        return super().get_queryset(request).prefetch_related("item__images")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return the piece, locked within a transaction.

        Saving is one, so no certificate can slip in between reading and saving.
        """
        piece = super().get_object(request, object_id, from_field)
        if piece is not None and transaction.get_connection().in_atomic_block:
            piece.refresh_from_db(from_queryset=Piece.objects.select_for_update())
        return piece

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep status and certificate out of reach, and all facts once certified."""
        always = ["status", "papers", "all_versions", "created_at"]
        frozen = ["serial_number", "item_link", "size", "limits"]
        return always if chain.is_open(obj) else [*frozen, *always]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Group the fields; say when they are frozen."""
        item = "item" if chain.is_open(obj) else "item_link"
        return [
            (
                None,
                {
                    "fields": [("serial_number", "size"), item, "limits"],
                    "description": _OPEN if chain.is_open(obj) else _FROZEN,
                },
            ),
            (
                "In the shop",
                {"fields": ["status", "papers", "all_versions", "created_at"]},
            ),
        ]

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        """Fill the empty rows of the chain with the steps that are missing."""
        kwargs: dict[str, Any] = super().get_formset_kwargs(
            request, obj, inline, prefix
        )
        if isinstance(inline, chain.EventRows):
            kwargs["initial"] = chain.missing_steps(obj)
        return kwargs

    @admin.display(description="Picture")
    def picture(self, piece: Any) -> str:
        """Show the item's first picture."""
        return pictures.thumbnail(pictures.first_picture(piece.item))

    @admin.display(description="Certificates so far")
    def all_versions(self, piece: Any) -> str:
        """Link to every version that was issued."""
        if piece.pk is None:
            return screens.NOTHING
        count = str(piece.certificates.count())
        return screens.link_to_list(Certificate, count, piece__id__exact=piece.pk)

    def view_on_site(self, obj: Any) -> str:
        """Return the page on which shoppers choose the piece."""
        return str(obj.item.get_absolute_url())

    @admin.action(description="Put on sale", permissions=["change"])
    def put_on_sale(self, request: HttpRequest, rows: QuerySet[Piece]) -> None:
        """Issue certificates and put pieces on sale; say why others cannot be."""
        self._act(request, rows, _PUT_ON_SALE)

    @admin.action(description="Withdraw from sale", permissions=["change"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[Piece]) -> None:
        """Take pieces off sale."""
        self._act(request, rows, _WITHDRAW)

    @admin.action(description="Start a correction", permissions=["change"])
    def start_correction(self, request: HttpRequest, rows: QuerySet[Piece]) -> None:
        """Open withdrawn pieces for editing; their certificate becomes superseded."""
        self._act(request, rows, _CORRECT)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Do what the button beneath the form says, once the form is saved."""
        return self._press(request, obj) or super().response_change(request, obj)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Do what the button beneath the form says, once the piece is added."""
        pressed = self._press(request, obj)
        return pressed or super().response_add(request, obj, post_url_continue)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the line that says whether the piece can be sold."""
        context.update(_shown_below(kwargs.get("obj")))
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Add the address that the live line asks."""
        check = self.admin_site.admin_view(self.check_view)
        return [
            path("check/", check, name="store_piece_check_new"),
            path("<path:object_id>/check/", check, name="store_piece_check"),
            *super().get_urls(),
        ]

    def check_view(
        self, request: HttpRequest, object_id: str | None = None
    ) -> JsonResponse:
        """Say what is missing from the form as it is typed; nothing is saved."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        piece = self.get_object(request, unquote(object_id)) if object_id else None
        if object_id and piece is None:
            raise Http404(object_id)
        formsets = self._bound_formsets(request, piece)
        return JsonResponse({"missing": chain.missing_as_typed(formsets)})

    def _bound_formsets(
        self, request: HttpRequest, piece: Piece | None
    ) -> Iterator[Any]:
        for formset_class, _inline in self.get_formsets_with_inlines(request, piece):
            yield formset_class(
                request.POST,
                instance=piece or Piece(),
                prefix=formset_class.get_default_prefix(),
            )

    def _act(self, request: HttpRequest, rows: QuerySet[Piece], act: _Act) -> None:
        for piece in rows:
            try:
                act.do(piece, timezone.now())
            except catalog.ChainIncompleteError as error:
                messages.error(
                    request, f"{piece} cannot be sold yet. {' '.join(error.missing)}"
                )
            except catalog.PieceInUseError:
                messages.error(request, f"{piece}: {act.refusal}")
            else:
                self.log_change(request, piece, f"{act.done}.")
                messages.success(request, f"{piece}: {act.done.lower()}.")

    def _press(self, request: HttpRequest, piece: Piece) -> HttpResponse | None:
        buttons: dict[str, Callable[[HttpRequest, QuerySet[Piece]], None]] = {
            "_put_on_sale": self.put_on_sale,
            "_withdraw": self.withdraw,
            "_start_correction": self.start_correction,
        }
        for name, action in buttons.items():
            if name in request.POST:
                action(request, Piece.objects.filter(pk=piece.pk))
                return HttpResponseRedirect(screens.screen_of(piece))
        return None


def _shown_below(piece: Any) -> dict[str, Any]:
    status = piece.status if piece else PieceStatus.DRAFT
    is_open = chain.is_open(piece)
    return {
        "is_open": is_open,
        "missing": chain.missing(piece) if is_open else [],
        "can_go_on_sale": status in {PieceStatus.DRAFT, PieceStatus.WITHDRAWN},
        "can_be_withdrawn": status == PieceStatus.ON_SALE,
        "can_be_corrected": status == PieceStatus.WITHDRAWN and not is_open,
    }
