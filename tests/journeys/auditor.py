"""A second opinion: what the books must say, worked out anew and by other means.

Nothing here calls the shop's or the giving's own arithmetic: what is expected follows
from the frozen lines, from what Stripe's account holds, and from the rules as they are
written (docs/accounting-for-developers.md). `find_broken` holds after every single
step, whatever is still on its way; `find_open_ends` holds when everything has been
looked at.
"""

import collections

from donations.models import Donation, Entry
from donations.services import audit
from store.models import (
    Dispute,
    Hold,
    Message,
    Order,
    Payment,
    Piece,
    Refund,
    VoucherUse,
    WebhookEvent,
)
from tests.journeys import expectations

LIVE = ("due", *expectations.ACCEPTED)


def find_broken(simulator):
    """Return what must never be, at any moment; empty when all is well."""
    found = {
        "sold twice": _sold_twice(),
        "money we made up": _made_up(simulator),
        "refunds doubled": _doubled_refunds(simulator),
        "refunds miscounted": _miscounted_refunds(),
        "donations": _wrong_donations(),
        "ledger": _wrong_ledger(),
        "mails": _wrong_mails(),
        "vouchers": _wrong_vouchers(),
    }
    return {name: faults for name, faults in found.items() if faults}


def find_open_ends(simulator):
    """Return where Stripe and the shop disagree though everything was looked at."""
    found = {
        "payments": _pair(_charges(simulator), _payments()),
        "refunds": _pair(_refunds(simulator), _known_refunds()),
        "disputes": _pair(_disputes(simulator), _known_disputes()),
        "kept twice": _kept_twice(),
        "statuses": _wrong_statuses(),
        "pieces": _wrong_pieces(),
        "unfinished": _unfinished(),
        "audit": [str(finding) for finding in audit.audit_ledger()],
    }
    return {name: faults for name, faults in found.items() if faults}


def count_rows(simulator):
    """Return what a table of a long run shows: how much of everything there was."""
    return {
        "orders": Order.objects.count(),
        "payments": Payment.objects.count(),
        "refunds": Refund.objects.exclude(status__in=["failed", "canceled"]).count(),
        "disputes": Dispute.objects.count(),
        "mails": Message.objects.filter(status="sent").count(),
        "donations": Donation.objects.count(),
        "webhook events": WebhookEvent.objects.count(),
        "differences": len(find_open_ends(simulator)) + len(find_broken(simulator)),
    }


def _sold_twice():
    live = Hold.objects.filter(status__in=["active", "sold"])
    counts = collections.Counter(live.values_list("piece_id", flat=True))
    return [piece for piece, count in counts.items() if count > 1]


def _made_up(simulator):
    charges, refunds = _charges(simulator), _refunds(simulator)
    unpaid = {k: v for k, v in _payments().items() if charges.get(k) != v}
    unsent = {
        refund.gateway_id: refund.amount
        for refund in Refund.objects.exclude(gateway_id=None)
        if refunds.get(refund.gateway_id, (None,))[0] != refund.amount
    }
    return [*unpaid.items(), *unsent.items()]


def _doubled_refunds(simulator):
    """Return our refunds that Stripe made more than once."""
    ours = collections.Counter(
        refund["metadata"]["refund"]
        for refund in simulator.objects("refund")
        if refund["metadata"].get("refund")
    )
    return [reference for reference, count in ours.items() if count > 1]


def _miscounted_refunds():
    return [
        (payment.pk, payment.refunded_amount, live)
        for payment in Payment.objects.prefetch_related("refunds")
        for live in [expectations.total(_live(payment.refunds.all()))]
        if payment.refunded_amount != live or live > payment.amount
    ]


def _live(refunds):
    return [refund for refund in refunds if refund.status in LIVE]


def _wrong_donations():
    """Return the lines whose donation is not what the rules make of their money."""
    found = {
        row.source: (row.target_amount, row.is_held) for row in Donation.objects.all()
    }
    expected = {}
    for payment in expectations.read_payments(is_counted=True):
        targets = expectations.expected_targets(payment)
        held = expectations.is_held(payment)
        if targets is None:
            # Noted, and nothing posted: whatever was there stays, and is held.
            held = True
            targets = {name: found.get(name, (0,))[0] for name in _sources(payment)}
        expected |= {source: (amount, held) for source, amount in targets.items()}
    return _pair(expected, found)


def _sources(payment):
    lines = payment.order.lines.all()
    return {f"line:{line.uuid}" for line in lines if line.pledge_version_id}


def _wrong_ledger():
    """Return the donations whose entries do not come to what is owed, or lie wrong."""
    faults = []
    balances = _balances()
    for row in Donation.objects.all():
        owed = row.target_amount if row.status != "due" else 0
        by_kind = balances[row.pk]
        is_right = by_kind["held"] == (owed if row.is_held else 0)
        if sum(by_kind.values()) != owed or not is_right:
            faults.append((row.source, row.status, row.is_held, owed, dict(by_kind)))
    return faults


def _balances():
    """Return what pending, held and payable hold, by donation."""
    balances = collections.defaultdict(
        lambda: collections.Counter(pending=0, held=0, payable=0)
    )
    entries = Entry.objects.exclude(donation=None)
    for pk, amount, *kinds in entries.values_list(
        "donation_id", "amount", "credit__kind", "debit__kind"
    ):
        for kind, sign in zip(kinds, (1, -1), strict=True):
            if kind in balances[pk]:
                balances[pk][kind] += sign * amount
    return balances


def _wrong_mails():
    """Return the orders with a confirmation and no sale, or a sale and none."""
    confirmed = set(
        Message.objects.filter(kind="confirmation").values_list("order_id", flat=True)
    )
    sold = set(
        Payment.objects.filter(is_counted=True).values_list("order_id", flat=True)
    )
    return sorted(confirmed ^ sold)


def _wrong_vouchers():
    live = collections.Counter(
        VoucherUse.objects.filter(is_live=True).values_list("voucher_id", flat=True)
    )
    uses = VoucherUse.objects.values_list("voucher_id", "voucher__uses_count")
    return [(pk, count, live[pk]) for pk, count in set(uses) if count != live[pk]]


def _charges(simulator):
    return {
        charge["payment_intent"]: charge["amount_captured"]
        for charge in simulator.objects("charge")
        if charge["status"] == "succeeded"
    }


def _payments():
    paid = Payment.objects.exclude(intent_id__startswith="cs_")
    return dict(paid.values_list("intent_id", "amount"))


def _refunds(simulator):
    return {
        refund["id"]: (refund["amount"], refund["status"])
        for refund in simulator.objects("refund")
    }


def _known_refunds():
    rows = Refund.objects.exclude(gateway_id=None)
    return {
        row_id: (amount, status)
        for row_id, amount, status in rows.values_list("gateway_id", "amount", "status")
    }


def _disputes(simulator):
    return {
        dispute["id"]: (
            dispute["status"],
            -sum(moved["amount"] for moved in dispute["balance_transactions"]),
        )
        for dispute in simulator.objects("dispute")
    }


def _known_disputes():
    rows = Dispute.objects.values_list("gateway_id", "status", "withdrawn_amount")
    return {row_id: (status, amount) for row_id, status, amount in rows}


def _kept_twice():
    """Return the payments that sold nothing and did not go back, nor are disputed."""
    extra = Payment.objects.filter(is_counted=False, disputes=None)
    return [
        (payment.pk, payment.refunded_amount)
        for payment in extra.exclude(order__status="review")
        if payment.refunded_amount != payment.amount
        and not payment.refunds.filter(status="failed").exists()
    ]


def _wrong_statuses():
    """Return the sold orders whose status does not say what became of their money."""
    faults = []
    for payment in expectations.read_payments(is_counted=True):
        expected = expectations.expected_status(payment)
        if expected and payment.order.status != expected:
            faults.append((payment.order.pk, payment.order.status, expected))
    return faults


def _wrong_pieces():
    """Return the pieces whose status and holds tell different stories."""
    live = dict(
        Hold.objects.filter(status__in=["active", "sold"]).values_list(
            "piece_id", "status"
        )
    )
    told = {"active": "held", "sold": "sold", None: "on_sale"}
    return [
        (pk, status, live.get(pk))
        for pk, status in Piece.objects.values_list("pk", "status")
        if told[live.get(pk)] != status
    ]


def _unfinished():
    new = WebhookEvent.objects.filter(status="new")
    left = {
        "donations": Donation.objects.filter(status="due", is_held=False).count(),
        "mails": Message.objects.filter(status__in=["unsent", "sending"]).count(),
        "refunds": Refund.objects.filter(status="due").count(),
        "webhook events": list(new.values_list("event_id", "type", "tries", "error")),
    }
    return {name: found for name, found in left.items() if found}


def _pair(expected, found):
    """Return what two dictionaries disagree about: expected beside found."""
    return {
        key: (expected.get(key), found.get(key))
        for key in expected.keys() | found.keys()
        if expected.get(key) != found.get(key)
    }
