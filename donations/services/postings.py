"""Turns a change of a donation into ledger entries for each of its beneficiaries.

Nothing is stored here: `donations.services.donations` claims the rows, and
`donations.services.ledger` posts what this module builds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from donations.domain import ledger as rules
from donations.domain import money, release
from donations.domain import share as shares
from donations.models import Donation, Entry, PledgeShare
from donations.services import ledger

# An act posts at most one change and one move for each beneficiary.
_KEY_ENDS = {rules.EntryKind.HOLD: ":hold", rules.EntryKind.UNHOLD: ":unhold"}


class PledgeNotPublishedError(ValueError):
    """A donation names a pledge version that promises nothing.

    Usually a draft's number was stored with an order: only published versions give.
    """


@dataclass(frozen=True, slots=True)
class Sharing:
    """How one published version computes a share, divides it and lets it go.

    It is limited if it has a cap or a minimum itself; it is capped if the pledge's
    current version has a cap, which then counts its donations.
    """

    version_id: int
    pledge_id: int
    currency: str
    share: shares.Share
    beneficiary_ids: tuple[int, ...]
    weights: tuple[int, ...]
    clock: release.Clock
    is_limited: bool = False
    is_capped: bool = False

    def split(self, amount: int) -> list[int]:
        """Divide an amount over the beneficiaries, in their order."""
        return money.split(amount, self.weights) if amount else [0] * len(self.weights)

    def part_of(self, amount: int, beneficiary_id: int) -> int:
        """Return what one beneficiary gets of an amount; 0 when it has no share."""
        parts = zip(self.beneficiary_ids, self.split(amount), strict=True)
        return dict(parts).get(beneficiary_id, 0)

    def gives_in(self, currency: str) -> bool:
        """Tell whether the share says anything of a price in this currency."""
        return shares.gives_in(
            self.share,
            own=self.currency,
            currency=currency,
            is_limited=self.is_limited,
        )

    def name_account(
        self, kind: rules.AccountKind, currency: str, beneficiary_id: int
    ) -> rules.AccountName:
        """Return an account of the beneficiary, or of the pledge where kinds have none.

        Accounts are of the donation's currency, which need not be the version's.
        """
        owner = beneficiary_id if kind in rules.PER_BENEFICIARY else None
        return rules.AccountName(kind, currency, self.pledge_id, owner)


@dataclass(frozen=True, slots=True)
class Act:
    """One change of what the ledger holds for a donation, at its new revision.

    `home` is where it was held before; the donation says where it belongs now.
    `answers` maps a beneficiary to the entry that first set this donation aside.
    """

    donation: Donation
    before: int
    after: int
    at: datetime
    home: rules.AccountKind
    note: str = ""
    answers: Mapping[int, tuple[int, str]] | None = None


def read_sharings(*, version_ids: Iterable[int]) -> dict[int, Sharing]:
    """Return how each published version shares, with one statement.

    Raises:
        PledgeNotPublishedError: a version does not exist or is a draft.
    """
    wanted = set(version_ids)
    found = _read_sharings(Q(version__in=wanted))
    if len(found) < len(wanted):
        missing = sorted(wanted - found.keys())
        raise PledgeNotPublishedError(f"not published: pledge versions {missing}")
    return found


def read_sharings_of(*, sources: Iterable[str]) -> dict[int, Sharing]:
    """Return how the versions share that donations were recorded under, by version."""
    given = Donation.objects.filter(source__in=list(sources))
    return _read_sharings(Q(version__in=given.values("pledge_version")))


def _read_sharings(chosen: Q) -> dict[int, Sharing]:
    rows: dict[int, list[PledgeShare]] = {}
    for row in (
        PledgeShare.objects.filter(chosen, version__published_at__isnull=False)
        .select_related("version__pledge")
        .order_by("version", "ordinal")
    ):
        rows.setdefault(row.version_id, []).append(row)
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
        clock=version.clock,
        is_limited=version.is_limited,
        is_capped=version.pledge.posted_amount is not None,
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
    """Return, by donation and beneficiary, the entry that first set it aside.

    One that a cap had cut to nothing was first refilled.
    """
    found: dict[int, dict[int, tuple[int, str]]] = {}
    rows = Entry.objects.filter(
        donation__in=list(donation_ids),
        kind__in=(rules.EntryKind.SET_ASIDE, rules.EntryKind.REFILL),
    )
    for donation_id, beneficiary_id, pk, key in rows.order_by("pk").values_list(
        "donation_id", "credit__beneficiary_id", "pk", "idempotency_key"
    ):
        firsts = found.setdefault(donation_id, {})
        firsts.setdefault(beneficiary_id or 0, (pk, key))
    return found


def find_home(*, donation: Donation) -> rules.AccountKind:
    """Return which kind of account holds what is posted for a donation.

    A dispute holds it back; else it is pending until the clock releases it.
    """
    if donation.is_held:
        return rules.AccountKind.HELD
    is_released = donation.released_at is not None
    return rules.AccountKind.PAYABLE if is_released else rules.AccountKind.PENDING


def build_entries(*, act: Act, sharing: Sharing) -> list[ledger.NewEntry]:
    """Return the entries of one act: for each beneficiary, target less posted.

    One beneficiary may rise by one while the total falls: that is posted, too. What
    changes is posted where the donation stood; then all that is left moves to where
    it stands now.
    """
    befores, afters = sharing.split(act.before), sharing.split(act.after)
    parts = list(enumerate(zip(befores, afters, strict=True)))
    changes = [
        _build_change(act, sharing, ordinal, after - before)
        for ordinal, (before, after) in parts
        if after != before
    ]
    if find_home(donation=act.donation) == act.home:
        return changes
    moves = [
        _build_move(act, sharing, ordinal, after)
        for ordinal, (_, after) in parts
        if after
    ]
    return changes + moves


def _build_change(
    act: Act, sharing: Sharing, ordinal: int, change: int
) -> ledger.NewEntry:
    """Return what raises or lowers the part of one beneficiary."""
    expense, home = rules.AccountKind.DONATION, act.home
    sides = (expense, home) if change > 0 else (home, expense)
    return _build_entry(act, sharing, ordinal, _kind(act, change), sides, abs(change))


def _kind(act: Act, change: int) -> rules.EntryKind:
    if change < 0:
        return rules.EntryKind.REVERSE
    is_first = act.answers is None
    return rules.EntryKind.SET_ASIDE if is_first else rules.EntryKind.REFILL


def _build_move(
    act: Act, sharing: Sharing, ordinal: int, amount: int
) -> ledger.NewEntry:
    """Return what holds the part of one beneficiary back, or lets it go on."""
    kind = rules.EntryKind.HOLD if act.donation.is_held else rules.EntryKind.UNHOLD
    sides = (act.home, find_home(donation=act.donation))
    return _build_entry(act, sharing, ordinal, kind, sides, amount)


def _build_entry(
    act: Act,
    sharing: Sharing,
    ordinal: int,
    kind: rules.EntryKind,
    sides: tuple[rules.AccountKind, rules.AccountKind],
    amount: int,
) -> ledger.NewEntry:
    donation, beneficiary_id = act.donation, sharing.beneficiary_ids[ordinal]
    answers_id, answers = (act.answers or {}).get(beneficiary_id, (None, ""))
    batch = f"{donation.uuid}:{donation.revision}"
    debit, credit = (
        sharing.name_account(side, donation.currency, beneficiary_id).code
        for side in sides
    )
    posting = rules.Posting(
        kind=kind,
        debit=debit,
        credit=credit,
        amount=amount,
        currency=donation.currency,
        batch=batch,
        key=f"{batch}:{ordinal}{_KEY_ENDS.get(kind, '')}",
        posted_at=act.at,
        donation=str(donation.uuid),
        answers=answers,
        note=act.note,
    )
    return ledger.NewEntry(
        posting=posting, donation_id=donation.pk, answers_id=answers_id
    )
