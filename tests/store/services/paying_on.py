"""Sales whose donations are paid to a beneficiary's own account at Stripe."""

from datetime import timedelta

from django.contrib.auth.models import User

from donations.models import Beneficiary, Donation, Entry, Settlement, SettlementPart
from donations.services import donations, releases, sending, settlements
from store.models import Transfer, TransferRecall
from tests.store.services import money

ACCOUNT = "acct_beneficiary"
RAILS = {"stripe": "store.services.transfers.StripeRail"}
WINDOW = timedelta(days=60)


def sell(simulator, at, **choices):
    """Return a paid order whose donations are set aside; Stripe's money is there."""
    sale = money.buy(simulator, at, **choices)
    simulator.finish_captures()
    donations.set_aside_due(limit=9, at=at)
    sources = Donation.objects.values_list("source", flat=True)
    donations.record_shipment(sources=sources, shipped_at=at)
    Beneficiary.objects.update(rail="stripe", rail_account=ACCOUNT)
    return sale


def approve(at):
    """Draft and approve what is payable, and return the part that waits to be sent."""
    drafter = User.objects.get_or_create(username="drafter")[0]
    approver = User.objects.get_or_create(username="approver")[0]
    pledge_id = Donation.objects.latest("pk").pledge_version.pledge_id
    releases.release_due(limit=100, at=at)
    pk = settlements.draft_settlement(
        pledge_id=pledge_id, drafted_by_id=drafter.pk, at=at
    )
    settlements.approve_settlement(
        settlement_id=pk,
        approved_by_id=approver.pk,
        digest=Settlement.objects.get(pk=pk).digest,
        at=at,
    )
    return SettlementPart.objects.get(settlement=pk)


def send(part, at):
    """Send a part and return it as it stands then."""
    sending.send_part(part_id=part.pk, at=at)
    part.refresh_from_db()
    return part


def settle(at):
    """Draft, approve and send what is payable."""
    return send(approve(at), at)


def transfers():
    """Return source and amount of every transfer that moves money, in order."""
    found = Transfer.objects.filter(amount__gt=0).order_by("pk")
    return list(found.values_list("source", "amount"))


def recalls():
    """Return amount, and whether it was made or dropped, of every recall."""
    found = TransferRecall.objects.order_by("pk")
    return [
        (row.amount, "made" if row.made_at else "dropped" if row.is_dropped else "due")
        for row in found
    ]


def balance(kind):
    """Return what all accounts of a kind hold for beneficiaries."""
    credited, debited = (
        sum(entry.amount for entry in Entry.objects.filter(**{f"{side}__kind": kind}))
        for side in ("credit", "debit")
    )
    return credited - debited
