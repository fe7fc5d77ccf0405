"""Orders that were paid at the simulator, and what happens to their money there."""

import dataclasses

from donations.models import Donation
from store.gateways import base as gateways
from store.models import Message, Order, Payment, Refund
from store.services import disputes, payments, refunds
from tests import orders
from tests.orders import Placed
from tests.store_factories import make_item, make_piece

CARD = "4242424242424242"
SLOW_REFUND = "4000000000007726"
FAILING_REFUND = "4000000000005126"


@dataclasses.dataclass(frozen=True, slots=True)
class Sale:
    """A paid order, with ways to look at what became of it."""

    placed: Placed
    simulator: object

    @property
    def order(self):
        """Return the order as it stands now."""
        return Order.objects.get(pk=self.placed.order.pk)

    @property
    def payment(self):
        """Return the payment that sold the order, or its only one, as it stands."""
        return Payment.objects.order_by("-is_counted", "pk").first()

    @property
    def lines(self):
        """Return the order's lines in order."""
        return list(self.placed.order.lines.order_by("position"))

    @property
    def refunds(self):
        """Return amount and status of every refund, oldest first."""
        found = Refund.objects.order_by("pk")
        return list(found.values_list("amount", "status"))

    @property
    def targets(self):
        """Return what is owed for each line by now, in order."""
        sources = [line.source for line in self.lines]
        owed = dict(Donation.objects.values_list("source", "target_amount"))
        return [owed[source] for source in sources]

    @property
    def is_held(self):
        """Tell whether donations are held."""
        return Donation.objects.filter(is_held=True).exists()

    @property
    def mails(self):
        """Return the kinds of all mails owed, oldest first."""
        return list(Message.objects.order_by("pk").values_list("kind", flat=True))

    def request(self, at, **wish):
        """Ask as staff for a refund of an amount or of lines."""
        return refunds.request_refund(
            payment_id=self.payment.pk,
            wish=refunds.Wish(**wish),
            origin=Refund.Origin.STAFF,
            reason="Asked by the customer",
            at=at,
        )

    def refund(self, at, **wish):
        """Ask for a refund and send it, and return it as it stands then."""
        return send(self.request(at, **wish), at)

    def sync(self, at):
        """Bring the refunds of the payment to what Stripe lists."""
        refunds.sync_payment(payment_id=self.payment.pk, at=at)

    def refund_at_stripe(self, amount=None):
        """Refund the payment past us, in the Dashboard."""
        return self.simulator.refund_at_dashboard(self.payment.charge_id, amount)


def buy(simulator, at, *, count=1, card=CARD, item=None):
    """Let a customer pay for one or more pieces of one item, at $2,499.00 each."""
    item = item or make_item()
    pieces = [make_piece(item=item) for _ in range(count)]
    placed = orders.place_order(*pieces, at=at)
    simulator.pay(placed.session_id, card)
    payments.confirm_payment(session_id=placed.session_id, at=at)
    return Sale(placed, simulator)


def send(refund, at):
    """Ask Stripe for a refund and return it as it stands then."""
    refunds.send_refund(refund_id=refund.pk, at=at)
    refund.refresh_from_db()
    return refund


def answer(refund, status, at):
    """Let Stripe say something of a refund, without a network."""
    result = gateways.RefundResult(
        id=refund.gateway_id or f"re_{refund.pk}",
        status=status,
        amount=refund.amount,
        currency=refund.currency,
        intent_id=refund.payment.intent_id,
        created_at=at,
        reference=str(refund.uuid),
    )
    refunds.apply_refunds(payment_id=refund.payment_id, results=[result], at=at)
    refund.refresh_from_db()
    return refund


def follow_disputes(simulator, at):
    """Bring every dispute to what the simulator says of it."""
    for dispute in simulator.objects("dispute"):
        disputes.sync_dispute(gateway_id=dispute["id"], at=at)
