"""Reads where donations stand, by the caller's own names, for whoever shows them.

A part of `donations.services.donations`, which is what callers use.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from donations.domain import cap, money
from donations.domain.donation import DonationStatus
from donations.models import Donation
from donations.services import postings


@dataclass(frozen=True, slots=True)
class DonationState:
    """Where one donation stands; while it is held, nothing of it is paid.

    `amount` is the target, `given` what that comes to under the pledge's cap. `token`
    is that of its public proof.
    """

    donation_id: int
    source: str
    status: DonationStatus
    amount: money.Money
    given: money.Money
    beneficiary_names: tuple[str, ...]
    due_at: datetime
    set_aside_at: datetime | None
    settled_at: datetime | None
    token: UUID
    is_held: bool = False


def find_donation(*, source: str) -> DonationState | None:
    """Return where the donation of a line stands; None when the line gives nothing."""
    return list_by_source(sources=[source]).get(source)


def list_by_source(*, sources: Iterable[str]) -> dict[str, DonationState]:
    """Return where the donations of many lines stand, with two statements.

    The amount is the target: what is owed by now, set aside or not. What is due will
    be given as far as the cap leaves room for it, in the order of its recording.
    """
    found = Donation.objects.filter(source__in=list(sources)).order_by("pk")
    rows = list(found.select_related("pledge_version__pledge"))
    names = postings.read_beneficiary_names(
        version_ids={row.pledge_version_id for row in rows}
    )
    given = _find_given(rows)
    return {row.source: _read_state(row, given[row.pk], names) for row in rows}


def _find_given(rows: Iterable[Donation]) -> dict[int, int]:
    """Return what each donation holds or, while it is due, will hold."""
    taken: Counter[int] = Counter()
    given: dict[int, int] = {}
    for row in rows:
        if row.status != DonationStatus.DUE:
            given[row.pk] = row.posted_amount
            continue
        version = row.pledge_version
        left = version.left_amount if row.currency == version.currency else None
        if left is not None:
            left = max(left - taken[version.pledge_id], 0)
        given[row.pk] = cap.cut_share(share=row.target_amount, left=left)
        taken[version.pledge_id] += given[row.pk]
    return given


def _read_state(
    row: Donation, given: int, names: Mapping[int, tuple[str, ...]]
) -> DonationState:
    return DonationState(
        donation_id=row.pk,
        source=row.source,
        status=DonationStatus(row.status),
        amount=row.target,
        given=money.Money(given, row.currency),
        beneficiary_names=names[row.pledge_version_id],
        due_at=row.due_at,
        set_aside_at=row.set_aside_at,
        settled_at=row.settled_at,
        token=row.uuid,
        is_held=row.is_held,
    )
