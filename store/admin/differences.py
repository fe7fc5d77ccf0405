"""Differences between our books and Stripe's: each has an age, an owner and an end."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince

from store.admin import acts, screens
from store.gateways import base as gateways
from store.models import Difference
from store.services import disputes
from store.services.reconciliation import actions, differences


class StateFilter(admin.SimpleListFilter):
    """Open or resolved; the open ones are what one came for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _screen: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("open", "Open"), ("resolved", "Resolved")]

    def queryset(self, _request: HttpRequest, rows: Any) -> Any:
        """Keep what was chosen."""
        if self.value() == "open":
            return rows.filter(resolved_at__isnull=True)
        if self.value() == "resolved":
            return rows.filter(resolved_at__isnull=False)
        return rows


class ResolveForm(acts.ActForm):
    """What was found and done."""

    resolution = forms.CharField(
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text="What was found and done; an auditor reads it next year.",
    )


def _is_open(row: Any) -> bool:
    return row.resolved_at is None


def _take(row: Any, _values: Mapping[str, Any], by_id: int) -> str:
    differences.assign(difference_id=row.pk, owner_id=by_id)
    return "Taken."


def _let_go(row: Any, _values: Mapping[str, Any], _by_id: int) -> str:
    differences.assign(difference_id=row.pk, owner_id=None)
    return "Given back."


def _resolve(row: Any, values: Mapping[str, Any], by_id: int) -> str:
    differences.resolve(
        difference_id=row.pk,
        resolution=values["resolution"],
        resolved_by_id=by_id,
        at=timezone.now(),
    )
    return "Resolved."


def _mend(row: Any, _values: Mapping[str, Any], by_id: int) -> str:
    is_gone = actions.act(difference_id=row.pk, by_id=by_id, at=timezone.now())
    done = actions.find_label(kind=row.kind)
    return (
        f"{done}: {'done, it is gone' if is_gone else 'done, and it is still there'}."
    )


_REFUSALS = (differences.AlreadyResolvedError, differences.ResolutionMissingError)
_RIGHT = "store.change_difference"
_ACTS = [
    acts.Act(
        slug="take",
        label="Take it",
        help_text="You look after it; colleagues see your name.",
        permission=_RIGHT,
        is_offered=lambda row: _is_open(row) and row.owner_id is None,
        do=_take,
        refusals=_REFUSALS,
    ),
    acts.Act(
        slug="let-go",
        label="Give it back",
        help_text="Nobody looks after it until somebody takes it.",
        permission=_RIGHT,
        is_offered=lambda row: _is_open(row) and row.owner_id is not None,
        do=_let_go,
        refusals=_REFUSALS,
    ),
    acts.Act(
        slug="mend",
        label="Mend it",
        name=lambda row: actions.find_label(kind=row.kind),
        help_text="Reads Stripe afresh and does what is missing; safe to repeat. When "
        "the difference is gone, this row is resolved in your name.",
        permission=_RIGHT,
        is_offered=lambda row: (
            _is_open(row) and bool(actions.find_label(kind=row.kind))
        ),
        do=_mend,
        refusals=(
            *_REFUSALS,
            actions.NoActionError,
            disputes.PaymentNotYetKnownError,
            gateways.GatewayError,
        ),
    ),
    acts.Act(
        slug="resolve",
        label="Resolve",
        help_text="Only closes the row. The next comparison opens another if they "
        "still disagree.",
        permission=_RIGHT,
        is_offered=_is_open,
        do=_resolve,
        refusals=_REFUSALS,
        form_class=ResolveForm,
    ),
]


@admin.register(Difference)
class DifferenceScreen(acts.ActingScreen):
    """What disagrees, who looks after it, and how it ended."""

    acts = _ACTS
    show_facets = admin.ShowFacets.ALWAYS
    list_display = [
        "kind",
        "reference",
        "order_link",
        "ours",
        "theirs",
        "age",
        "owner",
        "is_open",
    ]
    list_display_links = ["kind", "reference"]
    list_select_related = ["order", "owner"]
    list_filter = [StateFilter, "kind", "owner"]
    search_fields = ["reference", "details", "order__number"]
    search_help_text = "Reference at Stripe, words or order number"
    date_hierarchy = "found_at"
    show_full_result_count = False
    ordering = ["-found_at", "-pk"]
    order_link = screens.link_column("order", "Order")
    ours = screens.money_column("ours_amount", "Here")
    theirs = screens.money_column("theirs_amount", "At Stripe")
    readonly_fields = ["order_link", "ours", "theirs"]
    fields = [
        "kind",
        "reference",
        "order_link",
        "details",
        ("ours", "theirs"),
        "owner",
        ("found_at", "seen_at"),
        ("resolved_at", "resolved_by"),
        "resolution",
    ]

    class Media:
        """Room for the words that say what disagrees."""

        css = {"all": ["store/admin/acts.css"]}

    @admin.display(description="Open", boolean=True, ordering="resolved_at")
    def is_open(self, row: Any) -> bool:
        """Tell whether it waits for somebody."""
        return _is_open(row)

    @admin.display(description="Age", ordering="found_at")
    def age(self, row: Any) -> str:
        """Return how long it is, or was, there."""
        return timesince(row.found_at, row.resolved_at or timezone.now(), depth=1)
