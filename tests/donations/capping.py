"""Sales under a cap for tests: setting aside, changing, publishing another cap."""

from datetime import timedelta

from donations.models import Donation, Entry, PledgeVersion
from donations.services import audit, donations, publication
from tests import donations_factories as factories

AT = factories.AT


def sell(*targets, cap=100_000, weights=(1,), is_set_aside=True, **terms):
    """Set aside donations of these targets, in this order, under a cap."""
    version = factories.make_pledge_version(cap_amount=cap, weights=weights, **terms)
    for number, target in enumerate(targets):
        factories.make_donation(
            version=version,
            source=f"line:{number}",
            base_amount=target * 10,
            is_set_aside=is_set_aside,
            at=AT + timedelta(minutes=number),
        )
    return version


def retarget(number, target, *, is_held=False):
    """Bring one donation to a target."""
    donations.retarget_donation(
        source=f"line:{number}",
        base_amount=target * 10,
        at=AT,
        cause="refund 1",
        is_held=is_held,
    )


def read_posted():
    """Return what the donations hold, in order; the books are right."""
    assert list(audit.audit_ledger()) == []
    return list(Donation.objects.order_by("pk").values_list("posted_amount", flat=True))


def read_entries(after=0):
    """Return what was posted, in order."""
    rows = Entry.objects.filter(pk__gt=after).order_by("pk")
    return list(rows.values_list("kind", "debit__kind", "credit__kind", "amount"))


def publish_next(version, **terms):
    """Publish the next version with other terms."""
    pk = publication.draft_next_version(pledge_id=version.pledge_id)
    PledgeVersion.objects.filter(pk=pk).update(**terms)
    publication.publish_pledge_version(pledge_version_id=pk, at=AT)
    return PledgeVersion.objects.get(pk=pk)
