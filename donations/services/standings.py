"""Reads where donations stand, by the caller's own names, for whoever shows them.

A part of `donations.services.donations`, which is what callers use.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from donations.domain import money
from donations.domain.donation import DonationStatus
from donations.models import Donation
from donations.services import postings


@dataclass(frozen=True, slots=True)
class DonationState:
    """Where one donation stands; while it is held, nothing of it is paid.

    `token` is that of its public proof.
    """

    donation_id: int
    source: str
    status: DonationStatus
    amount: money.Money
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

    The amount is the target: what is owed by now, set aside or not.
    """
    rows = list(Donation.objects.filter(source__in=list(sources)))
    names = postings.read_beneficiary_names(
        version_ids={row.pledge_version_id for row in rows}
    )
    return {row.source: _read_state(row, names) for row in rows}


def _read_state(row: Donation, names: Mapping[int, tuple[str, ...]]) -> DonationState:
    return DonationState(
        donation_id=row.pk,
        source=row.source,
        status=DonationStatus(row.status),
        amount=row.target,
        beneficiary_names=names[row.pledge_version_id],
        due_at=row.due_at,
        set_aside_at=row.set_aside_at,
        settled_at=row.settled_at,
        token=row.uuid,
        is_held=row.is_held,
    )
