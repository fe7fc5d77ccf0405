"""Rows of the donations app for tests: plain functions, everything has a default."""

from datetime import UTC, date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from donations.models import (
    Beneficiary,
    Cause,
    Donation,
    Pledge,
    PledgeShare,
    PledgeVersion,
)
from donations.services import donations, publication
from tests import papers

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
# Syntactically right and given out to nobody: for beneficiaries beside the main one.
REGISTER_IDS = ("36-3673599", "53-0196605", "13-1837418", "13-5562162")


PLEDGE_ID = 101
BENEFICIARY_ID = 102


def make_owners() -> None:
    """Make a pledge and a beneficiary with known ids, for bare accounts."""
    Pledge.objects.create(pk=PLEDGE_ID, slug="p", name="P", cause=make_cause())
    Beneficiary.objects.create(
        pk=BENEFICIARY_ID, legal_name="B", register_id=REGISTER_IDS[-1]
    )


def make_cause(*, slug: str = "covid-19") -> Cause:
    """Make a cause, or return the one with this slug."""
    return Cause.objects.get_or_create(
        slug=slug, defaults={"name": "COVID-19 Response Fund"}
    )[0]


def make_beneficiary(
    *, legal_name: str = "Feeding America", register_id: str = REGISTER_IDS[0]
) -> Beneficiary:
    """Make a beneficiary that consented, or return the one with this number."""
    return Beneficiary.objects.get_or_create(
        register_id=register_id,
        defaults={"legal_name": legal_name, "status": Beneficiary.Status.ACTIVE},
    )[0]


def make_pledge_version(
    *,
    slug: str = "feeding-america-covid-19",
    weights: tuple[int, ...] = (1,),
    is_published: bool = True,
    **terms: Any,
) -> PledgeVersion:
    """Make a pledge with its first version: 10% of every piece, published."""
    pledge = Pledge.objects.create(
        slug=slug, name="Diamonds That Care", cause=make_cause()
    )
    version = PledgeVersion(pledge=pledge, number=1, **_terms(terms))
    if "contract" not in terms:
        version.contract = papers.make_contract(version=version, reference=slug)
    version.save()
    for ordinal, weight in enumerate(weights):
        PledgeShare.objects.create(
            version=version,
            beneficiary=make_beneficiary(
                legal_name="Feeding America" if ordinal == 0 else f"Fund {ordinal}",
                register_id=REGISTER_IDS[ordinal],
            ),
            weight=weight,
            ordinal=ordinal,
        )
    papers.complete(version)
    if is_published:
        publication.publish_pledge_version(pledge_version_id=version.pk, at=AT)
        version.refresh_from_db()
    return version


def _terms(terms: dict[str, Any]) -> dict[str, Any]:
    is_fixed = "share_fixed_amount" in terms
    defaults = {
        "share_kind": "fixed" if is_fixed else "percent",
        "share_bps": 0 if is_fixed else 1000,
        "currency": "USD",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2030, 12, 31),
        "return_window_days": 30,
        "territories": ["US"],
        "disclosure": "10% of the price of every piece goes to Feeding America.",
    }
    return defaults | terms


def make_due(
    *,
    version: PledgeVersion,
    base_amount: int = 249_900,
    source: str = "line:1",
    at: datetime | None = None,
    currency: str | None = None,
    delivered_to: str = "",
) -> donations.DueDonation:
    """Return what a sale of one piece owes, not recorded yet."""
    return donations.DueDonation(
        source=source,
        pledge_version_id=version.pk,
        base_amount=base_amount,
        share_amount=compute_share(version, base_amount),
        currency=currency or version.currency,
        due_at=at,
        delivered_to=delivered_to,
    )


def compute_share(version: PledgeVersion, base_amount: int) -> int:
    """Return what the version gives of a base, in exact integers."""
    if version.share_kind == "fixed":
        return version.share_fixed_amount if base_amount else 0
    return (base_amount * version.share_bps + 9999) // 10_000


def make_donation(
    *,
    version: PledgeVersion | None = None,
    is_set_aside: bool = False,
    is_shipped: bool = True,
    at: datetime = AT,
    **due: Any,
) -> Donation:
    """Record a donation through the door, in a transaction of its own.

    Its piece is shipped at once unless said otherwise.
    """
    version = version or make_pledge_version()
    with transaction.atomic():
        recorded = donations.record_due_donations(
            due=[make_due(version=version, **due)], at=at, is_nudged=False
        )
    donation = Donation.objects.get(pk=recorded[0])
    if is_shipped:
        donations.record_shipment(sources=[donation.source], shipped_at=at)
    if is_set_aside:
        donations.set_aside_donation(donation_id=recorded[0], at=at)
    donation.refresh_from_db()
    return donation


def make_committed_donation(
    *, version: PledgeVersion | None = None, source: str = "line:1", count: int = 1
) -> Donation:
    """Record donations in a transaction of their own, for tests with real commits."""
    version = version or make_pledge_version()
    sources = [source] if count == 1 else [f"line:{number}" for number in range(count)]
    with transaction.atomic():
        recorded = donations.record_due_donations(
            due=[make_due(version=version, source=one) for one in sources],
            at=AT,
            is_nudged=False,
        )
    donations.record_shipment(sources=sources, shipped_at=AT)
    return Donation.objects.get(pk=recorded[0])


def make_user(*, username: str, **values: Any) -> User:
    """Make a member of staff who may do everything."""
    return User.objects.create_superuser(username=username, password="s3cret", **values)
