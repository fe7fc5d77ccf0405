"""What must be true of the shop after every sweep, whatever went wrong before."""

from django.db.models import Sum

from donations.models import Donation, Entry
from donations.services import audit
from store.domain.order import OrderStatus
from store.models import (
    Hold,
    Line,
    Message,
    Order,
    Payment,
    PaymentAttempt,
    Piece,
    Refund,
    WebhookEvent,
)


def find_faults(order):
    """Say what is wrong with an order that was paid once, and swept."""
    order = Order.objects.get(pk=order.pk)
    lines = list(order.lines.all())
    found = {
        "status": order.status,
        "payments": [p.amount for p in order.payments.all()],
        "pieces": {line.piece.status for line in lines},
        "holds": sorted((h.piece_id, h.status) for h in order.holds.all()),
        "messages": [(m.kind, m.status) for m in order.messages.all()],
        "donations": read_donations(lines),
    }
    expected = {
        "status": OrderStatus.PAID,
        "payments": [order.total_amount],
        "pieces": {"sold"},
        "holds": sorted((line.piece_id, "sold") for line in lines),
        "messages": [("confirmation", "sent")],
        "donations": _expect_donations(lines),
    }
    return {key: found[key] for key in found if found[key] != expected[key]}


def read_donations(lines):
    """Return status, amount and what the ledger holds, for each line that gives."""
    found = Donation.objects.filter(source__in=[line.source for line in lines])
    return {
        donation.source: (donation.status, donation.target_amount, posted)
        for donation in found
        for posted in [_sum(donation.entries.filter(kind="set_aside"))]
    }


def find_shop_faults(simulator):
    """Say where Stripe, orders, pieces, mails and ledger disagree; empty when nowhere.

    Every order counts, paid or not; sweeps have run and nothing is left to do.
    """
    kept = list(Line.objects.filter(order__status=OrderStatus.PAID))
    pairs = {
        "money in": (_read_charges(simulator), _read_payments()),
        "money back": (_read_refunds(simulator), _read_sent_refunds()),
        "sold": (_pieces("sold"), sorted(line.piece_id for line in kept)),
        "sold holds": (_pieces("sold"), _held_pieces("sold")),
        "held": (_pieces("held"), _held_pieces("active")),
        "donations": (read_donations(Line.objects.all()), _expect_donations(kept)),
        "mails": (_confirmed_orders(), sorted({line.order_id for line in kept})),
        "ledger": (_sum(Entry.objects.all()), sum(x.donation_amount for x in kept)),
        "audit": (list(audit.audit_ledger()), []),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _pieces(status):
    return sorted(Piece.objects.filter(status=status).values_list("pk", flat=True))


def _held_pieces(status):
    return sorted(Hold.objects.filter(status=status).values_list("piece_id", flat=True))


def _confirmed_orders():
    sent = Message.objects.filter(kind="confirmation", status="sent")
    return sorted(sent.values_list("order_id", flat=True))


def _read_charges(simulator):
    charges = simulator.objects("charge")
    return {
        charge["payment_intent"]: charge["amount_captured"]
        for charge in charges
        if charge["status"] == "succeeded"
    }


def _read_payments():
    return dict(Payment.objects.values_list("intent_id", "amount"))


def _read_refunds(simulator):
    return {refund["id"]: refund["amount"] for refund in simulator.objects("refund")}


def _read_sent_refunds():
    return dict(Refund.objects.values_list("gateway_id", "amount"))


def _expect_donations(lines):
    return {
        line.source: ("set_aside", line.donation_amount, line.donation_amount)
        for line in lines
    }


def count_unfinished():
    """Count everything that somebody still has to do."""
    return {
        "attempts": PaymentAttempt.objects.unfinished().count(),
        "donations": Donation.objects.due().count(),
        "messages": Message.objects.unsent().count(),
        "refunds": Refund.objects.due().count(),
        "webhook events": WebhookEvent.objects.new().count(),
    }


def _sum(rows):
    return rows.aggregate(total=Sum("amount"))["total"] or 0
