"""Sales as the worked examples have them; Stripe is told of by values."""

from django.db.models import Sum

from donations.models import Donation, Entry
from donations.services import donations
from store.gateways import records
from store.models import Refund
from store.services import disputes, refunds
from tests.store import paying
from tests.store.services import money
from tests.store_factories import make_collection, make_item, make_piece, make_pledge


def sell(at, *prices, paid, **terms):
    """Return an order of pieces at these prices, paid with so much, all set aside."""
    collection = make_collection(pledge=make_pledge(**terms))
    items = [make_item(collection=collection, price_amount=price) for price in prices]
    order = paying.make_paid_order(*[make_piece(item=item) for item in items], at=at)
    order.payments.update(amount=paid)
    donations.set_aside_due(limit=9, at=at)
    return order


def request(order, at, **wish):
    """Owe a refund of the order's payment."""
    return refunds.request_refund(
        payment_id=order.payments.get().pk,
        wish=refunds.Wish(**wish),
        origin=Refund.Origin.STAFF,
        reason="Asked",
        at=at,
    )


def refund(order, at, **wish):
    """Refund some of the order's payment; Stripe says yes at once."""
    return money.answer(request(order, at, **wish), "succeeded", at)


def dispute(order, at, status, *, withdrawn, amount=270_000):
    """Let Stripe say this of a dispute of the order's payment."""
    result = records.DisputeResult(
        id="du_1",
        status=status,
        amount=amount,
        withdrawn_amount=withdrawn,
        currency="USD",
        charge_id="ch_unknown",
        intent_id=order.payments.get().intent_id,
        reason="fraudulent",
        created_at=at,
        evidence_due_at=None,
    )
    assert disputes.apply_dispute(result=result, at=at)


def target():
    """Return what all donations together should be by now."""
    return Donation.objects.aggregate(total=Sum("target_amount"))["total"]


def posted(kind):
    """Return what the ledger has posted of one kind, entry by entry."""
    found = Entry.objects.filter(kind=kind).order_by("pk")
    return list(found.values_list("amount", flat=True))
