"""Turns a change of a donation into ledger entries for each of its beneficiaries.

Nothing is stored here: `donations.services.donations` claims the rows, and
`donations.services.ledger` posts what this module builds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from donations.domain import ledger as rules
from donations.domain import money
from donations.domain import share as shares
from donations.models import Donation, Entry, PledgeShare
from donations.services import ledger


class PledgeNotPublishedError(ValueError):
    """A donation names a pledge version that promises nothing.

    Usually a draft's number was stored with an order: only published versions give.
    """


@dataclass(frozen=True, slots=True)
class Sharing:
    """How one published version computes a share and divides it."""

    version_id: int
    pledge_id: int
    currency: str
    share: shares.Share
    beneficiary_ids: tuple[int, ...]
    weights: tuple[int, ...]

    def split(self, amount: int) -> list[int]:
        """Divide an amount over the beneficiaries, in their order."""
        return money.split(amount, self.weights) if amount else [0] * len(self.weights)

    def name_account(
        self, kind: rules.AccountKind, beneficiary_id: int | None = None
    ) -> rules.AccountName:
        """Return an account of this pledge, or of one of its beneficiaries."""
        return rules.AccountName(kind, self.currency, self.pledge_id, beneficiary_id)


@dataclass(frozen=True, slots=True)
class Act:
    """One change of what the ledger holds for a donation, at its new revision.

    `answers` maps a beneficiary to the entry that first set this donation aside.
    """

    donation: Donation
    before: int
    after: int
    at: datetime
    note: str = ""
    is_released: bool = False
    answers: Mapping[int, tuple[int, str]] | None = None


def read_sharings(*, version_ids: Iterable[int]) -> dict[int, Sharing]:
    """Return how each published version shares, with one statement.

    Raises:
        PledgeNotPublishedError: a version does not exist or is a draft.
    """
    wanted = set(version_ids)
    rows: dict[int, list[PledgeShare]] = {}
    for row in (
        PledgeShare.objects.filter(
            version__in=wanted, version__published_at__isnull=False
        )
        .select_related("version")
        .order_by("version", "ordinal")
    ):
        rows.setdefault(row.version_id, []).append(row)
    if len(rows) < len(wanted):
        missing = sorted(wanted - rows.keys())
        raise PledgeNotPublishedError(f"not published: pledge versions {missing}")
    return {version_id: _build_sharing(found) for version_id, found in rows.items()}


def _build_sharing(rows: Sequence[PledgeShare]) -> Sharing:
    version = rows[0].version
    return Sharing(
        version_id=version.pk,
        pledge_id=version.pledge_id,
        currency=version.currency,
        share=version.share,
        beneficiary_ids=tuple(row.beneficiary_id for row in rows),
        weights=tuple(row.weight for row in rows),
    )


def read_beneficiary_names(*, version_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Return the legal names of each version's beneficiaries, in their order."""
    names: dict[int, tuple[str, ...]] = {}
    for version_id, name in (
        PledgeShare.objects.filter(version__in=set(version_ids))
        .order_by("version", "ordinal")
        .values_list("version_id", "beneficiary__legal_name")
    ):
        names[version_id] = (*names.get(version_id, ()), name)
    return names


def read_first_entries(
    *, donation_ids: Iterable[int]
) -> dict[int, dict[int, tuple[int, str]]]:
    """Return, by donation and beneficiary, the entry that first set it aside."""
    found: dict[int, dict[int, tuple[int, str]]] = {}
    for donation_id, beneficiary_id, pk, key in Entry.objects.filter(
        donation__in=list(donation_ids), kind=rules.EntryKind.SET_ASIDE
    ).values_list("donation_id", "credit__beneficiary_id", "pk", "idempotency_key"):
        found.setdefault(donation_id, {})[beneficiary_id or 0] = (pk, key)
    return found


def build_entries(*, act: Act, sharing: Sharing) -> list[ledger.NewEntry]:
    """Return the entries of one act: for each beneficiary, target less posted.

    One beneficiary may rise by one while the total falls: that is posted, too.
    """
    befores, afters = sharing.split(act.before), sharing.split(act.after)
    return [
        _build_entry(act, sharing, ordinal, after - before)
        for ordinal, (before, after) in enumerate(zip(befores, afters, strict=True))
        if after != before
    ]


def _build_entry(
    act: Act, sharing: Sharing, ordinal: int, change: int
) -> ledger.NewEntry:
    beneficiary_id = sharing.beneficiary_ids[ordinal]
    answers_id, answers = (act.answers or {}).get(beneficiary_id, (None, ""))
    batch = f"{act.donation.uuid}:{act.donation.revision}"
    debit, credit = _sides(act, sharing, beneficiary_id, change)
    posting = rules.Posting(
        kind=_kind(act, change),
        debit=debit,
        credit=credit,
        amount=abs(change),
        currency=sharing.currency,
        batch=batch,
        key=f"{batch}:{ordinal}",
        posted_at=act.at,
        donation=str(act.donation.uuid),
        answers=answers,
        note=act.note,
    )
    return ledger.NewEntry(
        posting=posting, donation_id=act.donation.pk, answers_id=answers_id
    )


def _kind(act: Act, change: int) -> rules.EntryKind:
    if change < 0:
        return rules.EntryKind.REVERSE
    is_first = act.answers is None
    return rules.EntryKind.SET_ASIDE if is_first else rules.EntryKind.REFILL


def _sides(
    act: Act, sharing: Sharing, beneficiary_id: int, change: int
) -> tuple[str, str]:
    """Return debit and credit: what was released already changes the payable."""
    kind = rules.AccountKind.PAYABLE if act.is_released else rules.AccountKind.PENDING
    owed = sharing.name_account(kind, beneficiary_id).code
    expense = sharing.name_account(rules.AccountKind.DONATION).code
    return (expense, owed) if change > 0 else (owed, expense)
