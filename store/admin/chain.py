"""The stones and the chain of custody beneath a piece, and what they lack as typed."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest

from store.admin import screens
from store.domain import certificate as facts
from store.models import CustodyEvent, Piece, Stone
from store.services import certificates

if TYPE_CHECKING:
    EventModelForm = forms.ModelForm[CustodyEvent]
else:
    EventModelForm = forms.ModelForm


class EventForm(EventModelForm):
    """One custody event; an uploaded document brings its own digest."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Remember what a row was offered with: an untouched one is not saved.

        The form carries it, since rows move up when one above them is removed.
        """
        super().__init__(*args, **kwargs)
        for name in ("sequence", "kind"):
            if name in self.fields:
                self.fields[name].show_hidden_initial = True

    def clean(self) -> dict[str, Any]:
        """Compute the digest of a document that was just uploaded."""
        values = super().clean() or self.cleaned_data
        document = values.get("document_file")
        if document and "document_file" in self.changed_data:
            values["document_sha256"] = certificates.hash_document(document=document)
        return values


class UncertifiedRows(screens.StackedRows):
    """Rows that can be edited until a certificate speaks for their piece."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse once the piece is certified."""
        return is_open(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse once the piece is certified."""
        return is_open(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse once the piece is certified."""
        return is_open(obj) and super().has_delete_permission(request, obj)


class StoneRows(UncertifiedRows):
    """The stones of a piece; what each is, and who says so."""

    model = Stone
    ordering = ["position"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("position", "kind", "basis"),
                    ("cut", "carat", "shade"),
                    ("color_words", "clarity", "treatment"),
                    ("laboratory", "report_number", "inscription"),
                ]
            },
        )
    ]

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Offer one empty row on a piece that has no stone yet."""
        has_stones = obj and obj.pk and obj.stones.exists()
        return 0 if has_stones else 1


class EventRows(UncertifiedRows):
    """The chain of custody, with an empty row for each required step not there yet."""

    model = CustodyEvent
    form = EventForm
    ordering = ["sequence"]
    verbose_name_plural = "chain of custody"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("sequence", "kind", "basis"),
                    ("place", "country", "place_precision"),
                    ("happened_on", "date_precision", "actor"),
                    ("document", "document_file", "document_sha256"),
                ]
            },
        )
    ]

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Offer a row for each required step that is missing."""
        return len(missing_steps(obj))


def missing_steps(piece: Piece | None) -> list[dict[str, Any]]:
    """Return the first values of a row for each required step that is not there."""
    saved: dict[str, int] = {}
    if piece and piece.pk:
        saved = dict(piece.events.values_list("kind", "sequence"))
    missing = [step for step in facts.REQUIRED_STEPS if step not in saved]
    first = max(saved.values(), default=0) + 1
    return [
        {"sequence": number, "kind": str(step)}
        for number, step in enumerate(missing, start=first)
    ]


def is_open(piece: Any) -> bool:
    """Tell whether the facts can be edited: no certificate speaks for the piece."""
    return piece is None or piece.certificate_id is None


def missing(piece: Piece | None) -> list[str]:
    """Say what the saved piece lacks; one that is not saved lacks everything."""
    if piece is None or piece.pk is None:
        return certificates.missing_from(stones=[], events=[])
    return certificates.missing_for_sale(piece=piece)


def missing_as_typed(formsets: Iterable[Any]) -> list[str]:
    """Say what bound formsets of stones and events lack; nothing is saved."""
    typed = {formset.model: list(_typed_rows(formset)) for formset in formsets}
    return certificates.missing_from(
        stones=typed.get(Stone, []), events=typed.get(CustodyEvent, [])
    )


def _typed_rows(formset: Any) -> Iterator[Any]:
    """Yield the rows as typed, without the empty ones and those to be deleted."""
    for form in formset.forms:
        is_there = form.instance.pk or form.has_changed()
        form.full_clean()
        if is_there and not form.cleaned_data.get("DELETE"):
            yield from _typed_row(form)


def _typed_row(form: Any) -> Iterator[Any]:
    row = form.instance
    chosen = form.data.get(form.add_prefix("document_file"))
    if chosen:
        # The script sends a chosen file's name only; its digest comes with the upload.
        row.document_file, row.document_sha256 = "", chosen
    place = row.position if isinstance(row, Stone) else row.sequence
    if row.kind and place is not None:
        yield row
