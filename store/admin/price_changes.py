"""Large changes of price: asked about once, before anything is saved.

A zero too many or too few is typed in a moment, and sells at once.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from donations.domain import money
from store.admin import money_fields
from store.models import Item, ItemPrice

# Of the old price, up or down.
_LARGE_BPS = 2000
_PRICES = {Item: "price_amount", ItemPrice: "amount"}
_CONFIRMED = "_prices_confirmed"
# What the browser sends beside the fields themselves.
_NOT_KEPT = frozenset({"csrfmiddlewaretoken", _CONFIRMED})


@dataclass(frozen=True, slots=True)
class Change:
    """One price, as it is and as it would be."""

    name: str
    old: money.Money
    new: money.Money

    @property
    def is_large(self) -> bool:
        """Tell whether a person should look twice; another currency always is."""
        if self.old.currency != self.new.currency:
            return True
        moved = abs(self.new.amount - self.old.amount)
        return moved * 10_000 > self.old.amount * _LARGE_BPS

    @property
    def old_text(self) -> str:
        """Return the price as it is."""
        return money.format_money(self.old)

    @property
    def new_text(self) -> str:
        """Return the price as it would be."""
        return money.format_money(self.new)

    @property
    def percent(self) -> str:
        """Return the change in percent; between currencies there is none."""
        if self.old.currency != self.new.currency:
            return "another currency"
        moved = self.new.amount - self.old.amount
        whole = self.old.amount
        return f"{(moved * 200 + whole) // (2 * whole):+}%"


def find_large(forms: Iterable[Any]) -> list[Change]:
    """Return the large changes that saving these valid forms would make."""
    return [change for change in _read(forms) if change.is_large]


class PricedScreen(money_fields.MoneyScreen):
    """A screen that asks before it changes a price by more than a fifth."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Save the list, unless a large change of price is to be confirmed."""
        if request.method == "POST" and "_save" in request.POST:
            question = self._ask(request, self._listed_forms(request))
            if question is not None:
                return question
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Save the form, unless a large change of price is to be confirmed."""
        if request.method == "POST" and object_id is not None:
            question = self._ask(request, self._typed_forms(request, object_id))
            if question is not None:
                return question
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _listed_forms(self, request: HttpRequest) -> list[Any]:
        """Return the forms of the list when all are valid and may be saved."""
        if not self.has_change_permission(request):
            return []
        formset_class = self.get_changelist_formset(request)
        prefix = formset_class.get_default_prefix()
        sent = [
            str(text)
            for name, text in request.POST.items()
            if name.startswith(f"{prefix}-")
            and name.endswith("-id")
            and str(text).isdecimal()
        ]
        rows = self.get_queryset(request).filter(pk__in=sent)
        formset = formset_class(request.POST, queryset=rows)
        return list(formset.forms) if formset.is_valid() else []

    def _typed_forms(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Return the forms of the page when all are valid and may be saved."""
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_change_permission(request, row):
            return []
        form = self.get_form(request, row, change=True)(
            request.POST, request.FILES, instance=row
        )
        formsets = list(self._changed_rows(request, row))
        if not all([form.is_valid(), *(formset.is_valid() for formset in formsets)]):
            return []
        return [form, *(one for formset in formsets for one in formset.initial_forms)]

    def _changed_rows(self, request: HttpRequest, row: Any) -> Iterator[Any]:
        for formset_class, inline in self.get_formsets_with_inlines(request, row):
            if inline.has_change_permission(request, row):
                yield formset_class(
                    request.POST,
                    request.FILES,
                    instance=row,
                    prefix=formset_class.get_default_prefix(),
                )

    def _ask(self, request: HttpRequest, forms: list[Any]) -> HttpResponse | None:
        """Return the page that asks; None when there is nothing left to ask."""
        changes = find_large(forms)
        digest = _digest(changes)
        if not changes or request.POST.get(_CONFIRMED) == digest:
            return None
        kept = [
            (name, text)
            for name, texts in request.POST.lists()
            for text in texts
            if name not in _NOT_KEPT
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Change these prices?",
            "changes": changes,
            "kept": [*kept, (_CONFIRMED, digest)],
            "has_files": bool(request.FILES),
        }
        return TemplateResponse(request, "store/admin/confirm_prices.html", context)


def _read(forms: Iterable[Any]) -> Iterator[Change]:
    for form in forms:
        name = _PRICES.get(type(form.instance), "")
        is_same = {name, "currency"}.isdisjoint(form.changed_data)
        if is_same or form.cleaned_data.get("DELETE") or form.initial.get(name) is None:
            continue
        new = form.instance
        old_currency = form.initial.get("currency", new.currency)
        yield Change(
            str(getattr(new, "item", new)),
            money.Money(form.initial[name], old_currency),
            money.Money(form.cleaned_data[name], new.currency),
        )


def _digest(changes: list[Change]) -> str:
    """Return what the person has seen, so that only this is confirmed."""
    text = "\n".join(f"{one.name}: {one.old} {one.new}" for one in changes)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
