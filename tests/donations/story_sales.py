"""What a story knows of its sales, and how it reads the ledger beside the auditor."""

from collections import Counter

from django.db.models import Sum

from donations.models import Entry, Pledge
from tests import donations_factories as factories


class Sale:
    """What was sold at once, and what is known of it: facts reach stages."""

    def __init__(self, name, lines, paid):
        self.name, self.lines, self.paid = name, lines, paid
        self.facts = {}
        self.amounts = {}
        self.gone = 0

    @property
    def sources(self):
        """Return the names of its lines."""
        return [f"{self.name}:{number}" for number in range(len(self.lines))]

    def known(self):
        """Return what went back, and whether a dispute is open."""
        back = {name for name, stage in self.facts.items() if stage == 1}
        lost = {name for name, stage in self.facts.items() if stage == 2}
        returned = {int(name[6:]) for name in back if name.startswith("return")}
        refunds = {name for name in back if name.startswith("refund")}
        refunded = sum(self.amounts[name] for name in refunds | (lost & {"dispute"}))
        return {
            "paid": self.paid,
            "returned": returned,
            "returned_amount": sum(self.lines[number][1] for number in returned),
            "refunded": refunded,
        }, "dispute" in back

    def reach(self, name, stage):
        """Note that a fact came to a stage; of two the later one counts."""
        self.facts[name] = max(self.facts.get(name, 0), stage)


def read_balances():
    """Return credits less debits of every account of a pledge, in two statements."""
    found = {}
    for side, sign in (("credit", 1), ("debit", -1)):
        keys = (f"{side}__pledge", f"{side}__kind", f"{side}__beneficiary")
        rows = Entry.objects.values_list(*keys).annotate(Sum("amount")).order_by()
        for pledge_id, kind, beneficiary_id, amount in rows:
            if pledge_id is None and kind != "in_transit":
                continue
            of = found.setdefault(pledge_id, Counter())
            of[kind, beneficiary_id] += sign * amount
    return _with_all_pledges(found)


def _with_all_pledges(found):
    for pk in Pledge.objects.values_list("pk", flat=True):
        found.setdefault(pk, Counter())
    return found


def make_pledges(slug, promises):
    """Make and publish a pledge for each of these terms."""
    return [
        factories.make_pledge_version(
            slug=f"{slug}-{number}",
            weights=terms["weights"],
            share_bps=terms["bps"],
            cap_amount=terms["cap"],
        )
        for number, terms in enumerate(promises)
    ]
