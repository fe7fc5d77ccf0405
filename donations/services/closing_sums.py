"""Adds up what a pledge gave up to a moment, by currency and beneficiary.

A part of `donations.services.closings`, which is what callers use.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Case, F, Q, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from donations.domain import ledger as rules
from donations.domain.ledger import AccountKind
from donations.models import Account, Beneficiary, Entry, SettlementPart
from donations.services import ledger

# Currency and beneficiary.
Owner = tuple[str, int]


def change_of(*kinds: AccountKind) -> Combinable:
    """Return what an entry adds to accounts of these kinds, together."""
    amount, nothing = F("amount"), Value(0)
    return Case(When(credit__kind__in=kinds, then=amount), default=nothing) - Case(
        When(debit__kind__in=kinds, then=amount), default=nothing
    )


def beneficiary_of() -> Combinable:
    """Return to whom an entry of a donation gives, or from whom it takes."""
    return Coalesce("credit__beneficiary", "debit__beneficiary")


def read_given(*, pledge_id: int, before: datetime) -> dict[tuple[int, str, int], int]:
    """Return what donations gave, by version, currency and beneficiary."""
    rows = Entry.objects.filter(
        donation__pledge_version__pledge=pledge_id, posted_at__lt=before
    ).values_list("donation__pledge_version", "currency")
    summed = rows.annotate(
        beneficiary=beneficiary_of(), given=Sum(change_of(*rules.PER_BENEFICIARY))
    ).order_by()
    return {
        (version_id, currency, beneficiary_id): amount
        for version_id, currency, beneficiary_id, amount in summed
    }


def read_changes(
    *, pledge_id: int, kinds: Iterable[AccountKind], entries: Q
) -> Counter[Owner]:
    """Return what entries added to accounts of the pledge, by their owner.

    An account that belongs to no beneficiary has 0 in its place.
    """
    chosen = Q(pledge=pledge_id, kind__in=list(kinds))
    balances = ledger.read_balances(accounts=chosen, entries=entries)
    found: Counter[Owner] = Counter()
    for pk, currency, beneficiary_id in Account.objects.filter(chosen).values_list(
        "pk", "currency", "beneficiary"
    ):
        found[currency, beneficiary_id or 0] += balances.get(pk, 0)
    return Counter({owner: amount for owner, amount in found.items() if amount})


def read_paid(*, pledge_id: int, before: datetime) -> Counter[Owner]:
    """Return what arrived at each beneficiary, less what came back of it."""
    parts = SettlementPart.objects.filter(
        settlement__pledge=pledge_id, paid_at__lt=before
    ).values_list("settlement__currency", "beneficiary")
    recalls = Entry.objects.recalls().filter(
        settlement__pledge=pledge_id, posted_at__lt=before
    )
    back = recalls.values_list("currency", "credit__beneficiary")
    paid: Counter[Owner] = Counter()
    for rows, sign in ((parts, 1), (back, -1)):
        for currency, pk, amount in rows.annotate(Sum("amount")).order_by():
            paid[currency, pk or 0] += sign * amount
    return paid


def name_beneficiaries(*, beneficiary_ids: Iterable[int]) -> Mapping[int, str]:
    """Return how statements name each beneficiary: `US-EIN 36-3673599`."""
    rows = Beneficiary.objects.filter(pk__in=set(beneficiary_ids))
    return {row.pk: f"{row.register} {row.register_id}" for row in rows}
