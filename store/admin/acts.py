"""Acts on one row of a read-only screen: a small form, a button, one service call.

The forms stand beneath the row and need no script. A refused act has a page of its
own, with the words that were typed and the reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from store.admin import screens


class ActForm(forms.Form):
    """The words that an act needs; made for one row, which may shape its fields."""

    def __init__(self, row: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row


@dataclass(frozen=True, slots=True)
class Act:
    """What a button does to one row.

    `do` gets the row, the form's values and who acts; it returns what was done, in
    words. `refusals` are the errors of its service that staff should read. `name`
    gives the button other words for some rows.
    """

    slug: str
    label: str
    help_text: str
    permission: str
    is_offered: Callable[[Any], bool]
    do: Callable[[Any, Mapping[str, Any], int], str]
    refusals: tuple[type[Exception], ...] = ()
    form_class: type[ActForm] = ActForm
    name: Callable[[Any], str] | None = None


@dataclass(frozen=True, slots=True)
class OfferedAct:
    """An act as the page of a row shows it."""

    act: Act
    form: ActForm
    address: str
    label: str


class ActingScreen(screens.ReadOnlyScreen):
    """A screen to look, with `acts` beneath each row that go through services."""

    acts: Sequence[Act] = ()
    change_form_template = "store/admin/acting_change_form.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the address that the acts' forms are sent to."""
        options = self.opts
        address = path(
            "<path:object_id>/act/<slug:slug>/",
            self.admin_site.admin_view(self.act_view),
            name=f"{options.app_label}_{options.model_name}_act",
        )
        return [address, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the row with the acts that its state and the person's rights allow."""
        row = self.get_object(request, unquote(object_id))
        offered = [] if row is None else self.offer(request, row)
        context = {"acts": offered, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def offer(self, request: HttpRequest, row: models.Model) -> list[OfferedAct]:
        """Return the acts that may be done to the row now, by this person."""
        return [
            _offer(row, act, act.form_class(row, prefix=act.slug))
            for act in self.acts
            if act.is_offered(row) and request.user.has_perm(act.permission)
        ]

    def act_view(self, request: HttpRequest, object_id: str, slug: str) -> HttpResponse:
        """Do what the button says; else show why not, with what was typed."""
        row = self.get_object(request, unquote(object_id))
        act = next((act for act in self.acts if act.slug == slug), None)
        if row is None or act is None:
            raise Http404(object_id)
        if not request.user.has_perm(act.permission):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        form = act.form_class(row, data, prefix=act.slug)
        if form.is_valid() and self._do(request, row, act, form):
            return HttpResponseRedirect(screens.screen_of(row))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": f"{_label(row, act)}: {row}",
            "offered": _offer(row, act, form),
        }
        return TemplateResponse(request, "store/admin/act.html", context)

    def _do(self, request: HttpRequest, row: Any, act: Act, form: ActForm) -> bool:
        try:
            done = act.do(row, form.cleaned_data, int(request.user.pk or 0))
        except act.refusals as error:
            form.add_error(None, _explain(error))
            return False
        self.log_change(request, row, done)
        messages.success(request, done)
        return True


def _offer(row: models.Model, act: Act, form: ActForm) -> OfferedAct:
    options = row._meta
    name = f"admin:{options.app_label}_{options.model_name}_act"
    address = reverse(name, args=[row.pk, act.slug])
    return OfferedAct(act, form, address, _label(row, act))


def _label(row: models.Model, act: Act) -> str:
    return act.name(row) if act.name else act.label


def _explain(error: Exception) -> str:
    """Return what staff should read: the error's own words, or its name's fact."""
    fact = (type(error).__doc__ or type(error).__name__).strip().splitlines()[0]
    text = str(error)
    return f"Nothing was done: {text}. {fact}" if text else f"Nothing was done. {fact}"
