"""One random history of sales, refunds, disputes and settlements, and its replay."""

import copy
import random
from collections import Counter
from datetime import timedelta

from django.db import transaction

from donations.models import Donation, Pledge, Settlement
from donations.services import audit, donations, releases, settlements
from tests import donations_factories as factories
from tests.donations import auditor, capping, settling
from tests.donations import story_sales as sales

TERMS = (
    {"bps": 1000, "weights": (1,), "cap": None},
    {"bps": 1000, "weights": (1,), "cap": 9_000},
    {"bps": 1250, "weights": (5, 25, 70), "cap": 11_001},
)
MONTH = timedelta(days=31)


class Story:
    """Takes random steps, and compares the rows with the auditor's after each."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.books = auditor.Auditor()
        self.sales, self.events, self.payments = [], [], []
        self.at = factories.AT
        self.told = []
        self.versions = sales.make_pledges("pledge", TERMS)
        for number, terms in enumerate(TERMS):
            self.books.promise(number, **terms)

    def step(self):
        """Take one step, maybe twice, maybe in vain."""
        moves = [self.sell, self.set_aside, self.sweep, self.give_back, self.ship]
        moves += [self.give_back, self.dispute, self.release, self.settle]
        moves += [self.confirm, self.change_cap]
        move = self.random.choice(moves)
        self.at += timedelta(hours=1)
        if self.random.random() < 0.15:
            self._crash(move)
        else:
            again = move()
            if again and self.random.random() < 0.3:
                again()
        self.told.append(move.__name__)
        self.check()

    def _crash(self, move):
        """Do it all, and lose it before it is committed."""
        names = ("books", "sales", "events", "payments", "versions")
        before = copy.deepcopy([getattr(self, name) for name in names])
        with transaction.atomic():
            move()
            transaction.set_rollback(True)
        for name, value in zip(names, before, strict=True):
            setattr(self, name, value)

    def sell(self):
        """Record one to three lines of any pledges."""
        count = self.random.randint(1, 3)
        picked = [self.random.randrange(len(TERMS)) for _ in range(count)]
        lines = [(pledge, self.random.randint(1, 150_000)) for pledge in picked]
        paid = sum(base for _, base in lines) + self.random.randint(0, 9_000)
        sale = sales.Sale(f"sale-{len(self.sales)}", lines, paid)
        self.sales.append(sale)
        return self._record(sale, self.books)

    def _record(self, sale, books):
        def call():
            with transaction.atomic():
                donations.record_due_donations(
                    due=[
                        factories.make_due(
                            version=self.versions[pledge], source=source, base_amount=b
                        )
                        for source, (pledge, b) in zip(
                            sale.sources, sale.lines, strict=True
                        )
                    ],
                    at=self.at,
                    is_nudged=False,
                )

        call()
        for source, (pledge, base) in zip(sale.sources, sale.lines, strict=True):
            books.owe(source, pledge, base)
        return call

    def set_aside(self):
        """Let a worker set one line aside."""
        if not self.sales:
            return None
        source = self.random.choice(self.random.choice(self.sales).sources)
        pk = Donation.objects.get(source=source).pk
        at = self.at
        donations.set_aside_donation(donation_id=pk, at=at)
        self.books.set_aside(at, [source])
        return lambda: donations.set_aside_donation(donation_id=pk, at=at)

    def sweep(self):
        """Set everything aside that is due."""
        donations.set_aside_due(limit=999, at=self.at)
        self.books.set_aside(self.at)
        return lambda: donations.set_aside_due(limit=999, at=self.at)

    def give_back(self):
        """Take a piece back, refund an amount, or hear that a refund failed."""
        if not self.sales:
            return None
        sale = self.random.choice(self.sales)
        number = self.random.randrange(len(sale.lines))
        failing = [n for n in sale.facts if n.startswith("refund")]
        kind = self.random.choice(("return", "refund", "fail"))
        if kind == "fail" and failing:
            return self._tell(sale, self.random.choice(failing), 2)
        amount = self.random.randint(0, sale.paid - sale.gone)
        name = f"refund{len(failing)}"
        if kind == "return":
            amount, name = sale.lines[number][1], f"return{number}"
        if name in sale.facts or amount + sale.gone > sale.paid:
            return None
        sale.gone += amount
        sale.amounts[name] = amount
        return self._tell(sale, name, 1)

    def dispute(self):
        """Open a dispute, or close it, won or lost."""
        if not self.sales:
            return None
        sale = self.random.choice(self.sales)
        if "dispute" in sale.facts:
            return self._tell(sale, "dispute", 2)
        taken = self.random.choice((0, self.random.randint(0, sale.paid - sale.gone)))
        sale.gone += taken
        sale.amounts["dispute"] = taken
        return self._tell(sale, "dispute", 1)

    def _tell(self, sale, name, stage):
        sale.reach(name, stage)
        self.events.append((sale.name, name, stage))
        return self._retarget(sale, self.books)

    def _retarget(self, sale, books):
        known, is_held = sale.known()
        bases = donations.remaining_bases(
            bases=[base for _, base in sale.lines],
            returned=[n in known["returned"] for n in range(len(sale.lines))],
            paid_amount=known["paid"],
            returned_amount=known["returned_amount"],
            refunded_amount=known["refunded"],
        )
        changes = [
            donations.BaseChange(source, base, self.at, "told", is_held=is_held)
            for source, base in zip(sale.sources, bases, strict=True)
        ]
        donations.retarget_donations(changes=changes)
        left = auditor.left_of([base for _, base in sale.lines], **known)
        books.tell(dict(zip(sale.sources, left, strict=True)), held=is_held)
        return lambda: donations.retarget_donations(changes=changes)

    def ship(self):
        """Ship a sale."""
        if not self.sales:
            return None
        sources = self.random.choice(self.sales).sources
        at = self.at
        releases.record_shipment(sources=sources, shipped_at=at)
        self.books.ship(sources)
        return lambda: releases.record_shipment(sources=sources, shipped_at=at)

    def release(self):
        """Let a month go by, and let go what was shipped."""
        self.at += MONTH
        settling.release(self.at)
        self.books.release()
        return lambda: settling.release(self.at)

    def settle(self):
        """Draft and approve a settlement of a pledge, if anything is payable."""
        number = self.random.randrange(len(TERMS))
        self.release()
        try:
            settlement = settling.draft(self.versions[number], self.at)
        except settlements.NothingToSettleError:
            assert not self.books.instruct(number)
            return
        settling.approve(settlement, self.at)
        expected = self.books.instruct(number)
        found = settlement.parts.order_by("beneficiary").values_list(
            "amount", flat=True
        )
        assert list(found) == [expected[key] for key in sorted(expected)]
        self.payments.append((settlement.pk, number, expected))

    def confirm(self):
        """Hear that the money of a settlement arrived."""
        if not self.payments:
            return None
        pk, number, parts = self.payments.pop(0)
        settlement = Settlement.objects.get(pk=pk)
        settling.confirm(settlement, at=self.at)
        self.books.confirm(number, parts)
        return lambda: settling.confirm(settlement, at=self.at)

    def change_cap(self):
        """Publish a next version with a higher cap, now and then."""
        if self.random.random() < 0.7:
            return
        number = self.random.choice((1, 2))
        terms = self.books.pledges[number]
        cap = terms["cap"] + self.random.randint(1, 9_999)
        self.versions[number] = capping.publish_next(
            self.versions[number], cap_amount=cap
        )
        self.books.promise(number, **{**terms, "cap": cap})

    def check(self):
        """Compare every donation, account and sum with the auditor's."""
        rows = Donation.objects.values_list(
            "source", "target_amount", "posted_amount", "is_held"
        )
        found = {source: tuple(values) for source, *values in rows}
        assert found == self.books.donations(), self.told
        balances = sales.read_balances()
        in_transit = balances.pop(None, Counter())
        assert sum(in_transit.values()) == self.books.in_transit(), self.told
        kept = dict(Pledge.objects.values_list("pk", "posted_amount"))
        for number, version in enumerate(self.versions):
            total = self.books.total(number)
            is_capped = self.books.pledges[number]["cap"] is not None
            assert kept[version.pledge_id] == (total if is_capped else None), self.told
            numbers = {None: None} | {
                row.beneficiary_id: row.ordinal for row in version.shares.all()
            }
            mine = {
                (kind, numbers[beneficiary]): amount
                for (kind, beneficiary), amount in balances[version.pledge_id].items()
                if amount
            }
            assert mine == self.books.balances(number), self.told

    def finish(self):
        """Sweep what is left; the ledger's own audit agrees."""
        self.sweep()
        self.check()
        assert [str(found) for found in audit.audit_ledger()] == [], self.told

    def replay(self):
        """Tell the same in another order to pledges like these; return the sums."""
        other = Story.__new__(Story)
        other.random, other.at, other.books = self.random, self.at, auditor.Auditor()
        other.told = [*self.told, "replay"]
        other.versions = sales.make_pledges("replay", self.books.pledges.values())
        for number, terms in self.books.pledges.items():
            other.books.promise(number, **terms)
        twins = {}
        for sale in self.sales:
            twin = sales.Sale(f"again-{sale.name}", sale.lines, sale.paid)
            twin.amounts = sale.amounts
            twins[sale.name] = twin
            other._record(twin, other.books)
        events = [*self.events, *[(name, "", 0) for name in twins]]
        self.random.shuffle(events)
        for name, fact, stage in events:
            twin = twins[name]
            if fact:
                twin.reach(fact, stage)
                other._retarget(twin, other.books)
            else:
                other.sweep()
        other.sweep()
        return other

    def compare(self, other):
        """Sums under a cap are the same, and without one every donation is."""
        for number in self.books.pledges:
            assert self.books.total(number) == other.books.total(number), self.told
        free = {
            f"again-{source}": (gift["target"], gift["posted"], gift["held"])
            for source, gift in self.books.gifts.items()
            if gift["pledge"] == 0
        }
        found = other.books.donations()
        assert free == {source: found[source] for source in free}, self.told
        rows = Donation.objects.filter(source__startswith="again-")
        assert {
            source: tuple(values)
            for source, *values in rows.values_list(
                "source", "target_amount", "posted_amount", "is_held"
            )
        } == found, self.told
        assert list(audit.audit_ledger()) == [], self.told
