"""The steps of a settlement for tests: two people, drafting, approving, changing."""

from datetime import timedelta

from django.contrib.auth.models import User

from donations.models import Beneficiary, Settlement
from donations.services import acknowledgements, donations, releases, settlements
from tests import donations_factories as factories
from tests.donations import fake_rail

LATER = factories.AT + timedelta(days=31)


def make_people():
    """Make two people who may settle, or return them."""
    found = list(User.objects.filter(username__in=["ann", "bob"]).order_by("username"))
    return found or [factories.make_user(username=name) for name in ("ann", "bob")]


def put_on_rail(name="Feeding America", **values):
    """Let a rail pay a beneficiary."""
    values = {"rail": fake_rail.NAME, "rail_account": fake_rail.ACCOUNT, **values}
    Beneficiary.objects.filter(legal_name=name).update(**values)


def release(at=LATER):
    """Let the clock release everything whose time has come."""
    return releases.release_due(limit=1000, at=at)


def draft(version, at=LATER):
    """Release what is due, and draft a settlement by the first person."""
    release(at)
    pk = settlements.draft_settlement(
        pledge_id=version.pledge_id, drafted_by_id=make_people()[0].pk, at=at
    )
    return Settlement.objects.get(pk=pk)


def approve(settlement, at=LATER):
    """Let the second person approve what the settlement says."""
    settlements.approve_settlement(
        settlement_id=settlement.pk,
        approved_by_id=make_people()[1].pk,
        digest=settlement.digest,
        at=at,
    )
    settlement.refresh_from_db()
    return settlement


def confirm(settlement, reference="BANK-1", at=LATER):
    """Confirm by hand that the bank paid."""
    return settlements.confirm_settlement(
        settlement_id=settlement.pk, reference=reference, at=at
    )


def fail(part, at=LATER, reason="account closed"):
    """Let the first person say that a part failed for good."""
    return settlements.fail_part(
        part_id=part.pk, failed_by_id=make_people()[0].pk, reason=reason, at=at
    )


def settle(version, at=LATER):
    """Go all the way by hand."""
    settlement = approve(draft(version, at), at)
    confirm(settlement, at=at)
    settlement.refresh_from_db()
    return settlement


def make_token(part):
    """Return the token of the link that a part's beneficiary is sent."""
    return acknowledgements.make_token(row=part.acknowledgements.latest("pk"))


def acknowledge(part, at=LATER):
    """Let the beneficiary say that the money arrived."""
    acknowledgements.acknowledge(token=make_token(part), name="Dana Lee", at=at)


def retarget(base_amount, source="line:1", **values):
    """Bring a donation to what is left of its base."""
    donations.retarget_donation(
        source=source, base_amount=base_amount, at=LATER, cause="refund", **values
    )
