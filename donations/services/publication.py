"""Drafts and publishes pledge versions; a published one is frozen for good.

The database refuses every later change of the terms, so all that a promise needs is
checked here, before.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from donations.domain import ledger as rules
from donations.domain import money, release, territory, wording
from donations.models import (
    Beneficiary,
    Contract,
    Donation,
    Pledge,
    PledgeShare,
    PledgeVersion,
)
from donations.services import caps, ledger, paperwork

_TERMS_COPIED = (
    "share_kind",
    "share_bps",
    "share_fixed_amount",
    "currency",
    "tax_mode",
    "starts_on",
    "ends_on",
    "cap_amount",
    "minimum_amount",
    "return_window_days",
    "agreed_period_days",
    "settlement_cadence",
    "territories",
    "contract_id",
    "disclosure",
)


class PublicationRefusedError(ValueError):
    """A pledge version is not fit to be published.

    The message lists everything that is missing, in the words of the admin's form.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(reasons))


class DraftExistsError(ValueError):
    """A pledge has a draft already: change that one, or publish it."""


def draft_next_version(*, pledge_id: int) -> int:
    """Draft the version after the latest, with its terms and beneficiaries.

    Raises:
        DraftExistsError: the pledge has a draft already.
        PledgeVersion.DoesNotExist: the pledge has no version at all.
    """
    with transaction.atomic():
        pledge = Pledge.objects.select_for_update().get(pk=pledge_id)
        latest = pledge.versions.latest("number")
        if not latest.is_published:
            raise DraftExistsError(f"change the draft of {pledge.slug}, or publish it")
        draft = PledgeVersion.objects.create(
            pledge=pledge,
            number=latest.number + 1,
            **{name: getattr(latest, name) for name in _TERMS_COPIED},
        )
        PledgeShare.objects.bulk_create(
            PledgeShare(
                version=draft,
                beneficiary_id=row.beneficiary_id,
                weight=row.weight,
                ordinal=row.ordinal,
            )
            for row in latest.shares.all()
        )
    return draft.pk


def publish_pledge_version(*, pledge_version_id: int, at: datetime) -> bool:
    """Freeze a version, make it current and open its accounts.

    Returns whether it was this call that published it.

    Raises:
        PublicationRefusedError: something is missing; all of it is listed.
    """
    with transaction.atomic():
        version = PledgeVersion.objects.select_for_update().get(pk=pledge_version_id)
        if version.is_published:
            return False
        _lock_contract(version)
        caps.prepare_cap(version=version)
        rows = _read_shares(version)
        reasons = list(_find_obstacles(version, rows))
        if reasons:
            raise PublicationRefusedError(reasons)
        ledger.open_accounts(
            names=rules.name_pledge_accounts(
                currency=version.currency,
                pledge_id=version.pledge_id,
                beneficiary_ids=[row.beneficiary_id for row in rows],
            )
        )
        PledgeVersion.objects.filter(pledge=version.pledge_id, is_current=True).update(
            is_current=False
        )
        drafted = PledgeVersion.objects.filter(pk=version.pk, published_at__isnull=True)
        published = drafted.update(published_at=at, is_current=True)
        caps.apply_cap(version=version, at=at)
    return bool(published)


def list_obstacles(*, pledge_version_id: int) -> list[str]:
    """Return everything that keeps a version from being published, in plain words."""
    version = PledgeVersion.objects.get(pk=pledge_version_id)
    return list(_find_obstacles(version, _read_shares(version)))


def _lock_contract(version: PledgeVersion) -> None:
    """Keep the contract as it is until the version that rests on it is frozen."""
    if version.contract_id is not None:
        Contract.objects.select_for_update().get(pk=version.contract_id)


def _read_shares(version: PledgeVersion) -> list[PledgeShare]:
    return list(version.shares.select_related("beneficiary").order_by("ordinal"))


def _find_obstacles(
    version: PledgeVersion, rows: Sequence[PledgeShare]
) -> Iterator[str]:
    yield from _find_missing_terms(version)
    yield from release.find_obstacles(clock=version.clock, deadline=version.deadline)
    if not rows:
        yield "name at least one beneficiary"
    beneficiaries = [row.beneficiary for row in rows]
    for beneficiary in beneficiaries:
        if beneficiary.status != Beneficiary.Status.ACTIVE:
            yield f"{beneficiary} is not active: its consent is missing"
    yield from paperwork.find_missing_papers(
        version=version, beneficiaries=beneficiaries
    )
    others = PledgeVersion.objects.published().filter(pledge=version.pledge_id)
    if others.exclude(currency=version.currency).exists():
        yield "a pledge keeps its currency: make another pledge for this one"
    for word in wording.find_vague_words(version.disclosure):
        yield f"the disclosure says {word!r}: name a part of the price instead"
    yield from _find_broken_limits(version)


def _find_broken_limits(version: PledgeVersion) -> Iterator[str]:
    """Say what keeps a cap or a minimum from being kept."""
    if not version.is_limited:
        return
    given = Donation.objects.filter(pledge_version__pledge=version.pledge_id)
    other = given.exclude(currency=version.currency).first()
    if other is not None:
        yield (
            f"it gave in {other.currency}, which a cap or minimum cannot count: make "
            f"another pledge"
        )
    posted = caps.read_posted(version=version)
    if version.cap_amount is not None and version.cap_amount < posted:
        posted_text = money.format_money(money.Money(posted, version.currency))
        yield f"the cap is below the {posted_text} that are set aside already"


def _find_missing_terms(version: PledgeVersion) -> Iterator[str]:
    required = {
        "disclosure": version.disclosure,
        "territories": version.territories,
    }
    for name, value in required.items():
        if not value:
            yield f"fill in the {name}"
    try:
        money.check_currency(version.currency)
        territory.check_territories(version.territories)
    except ValueError as error:
        yield str(error)
