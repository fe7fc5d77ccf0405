"""Every order and repetition of what happens to a sale ends in the same ledger."""

from collections import Counter

from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from donations.domain import money
from donations.models import Account, Donation
from donations.services import audit, donations, ledger
from tests import donations_factories as factories

AT = factories.AT
BASES = (120000, 80000, 50000)
PAID = 270000
WEIGHTS = (5, 25, 70)

# What may be heard of a sale. Each says what is known of one refund or dispute by
# then; of two about the same one the later stage counts, whichever comes first.
CHANGES = {
    "piece returned": ("return", 1),
    "amount refunded": ("amount", 1),
    "another amount refunded": ("failing", 1),
    "that refund failed": ("failing", 2),
    "dispute opened": ("dispute", 1),
}
# What the dispute takes, or that it is never closed.
OUTCOMES = {"won": 0, "lost": 153600, "partly lost": 50000, "open": None}


def compute_bases(known, taken):
    """Return what is left of each base, by the stage that each thing has reached."""
    is_back = known["return"] == 1
    refunded = 30000 * known["amount"] + 20000 * (known["failing"] == 1)
    if known["dispute"] == 2:
        refunded += taken
    return donations.remaining_bases(
        bases=BASES,
        returned=[False, is_back, False],
        paid_amount=PAID,
        returned_amount=86400 * is_back,
        refunded_amount=refunded,
    )


def tell(known, taken):
    """Bring the donations to what is known by now.

    A dispute lost in full while a refund is on its way is more than was paid, until
    that refund fails: nothing is posted in between.
    """
    try:
        bases = compute_bases(known, taken)
    except donations.RefundsExceedPaymentError:
        return
    donations.retarget_donations(
        changes=[
            donations.BaseChange(
                f"line:{number}", base, AT, "told", is_held=known["dispute"] == 1
            )
            for number, base in enumerate(bases)
        ]
    )


def read_ledger():
    """Return the balances that are not nothing, by kind and beneficiary."""
    balances = ledger.read_balances(accounts=Q())
    return {
        (account.kind, account.beneficiary and account.beneficiary.register_id): amount
        for account in Account.objects.select_related("beneficiary")
        if (amount := balances.get(account.pk, 0))
    }


def expect_ledger(known, taken):
    """Return what the balances have to be, from what is known alone."""
    home = "held" if known["dispute"] == 1 else "pending"
    found = Counter()
    for base in compute_bases(known, taken):
        share = -(-base // 10)
        found["donation", None] -= share
        for ordinal, part in enumerate(money.split(share, WEIGHTS) if share else []):
            found[home, factories.REGISTER_IDS[ordinal]] += part
    return {key: amount for key, amount in found.items() if amount}


def sell():
    """Record three lines, not set aside yet."""
    version = factories.make_pledge_version(weights=WEIGHTS)
    for number, base in enumerate(BASES):
        factories.make_donation(
            version=version, source=f"line:{number}", base_amount=base
        )


class TestAnyOrder(TestCase):
    """What holds for any order of events, with any of them repeated."""

    # Each example writes some dozens of rows; a few say enough.
    @settings(max_examples=30)
    @given(data=st.data(), outcome=st.sampled_from(sorted(OUTCOMES)))
    def test_every_order_ends_alike(self, data, outcome):
        """After every event the ledger is what is known, and a good one."""
        taken = OUTCOMES[outcome]
        changes = {**CHANGES, "set aside": None}
        if taken is not None:
            changes["dispute closed"] = ("dispute", 2)
        again = data.draw(st.lists(st.sampled_from(sorted(changes)), max_size=4))
        heard = data.draw(st.permutations([*sorted(changes), *again]))
        known = Counter()
        sell()

        for name in heard:
            if changes[name] is None:
                donations.set_aside_due(limit=9, at=AT)
            else:
                what, stage = changes[name]
                known[what] = max(known[what], stage)
                tell(known, taken)

        # What fell to nothing before it was set aside, and came back, is due again.
        donations.set_aside_due(limit=9, at=AT)
        assert not Donation.objects.due().exists()
        assert list(audit.audit_ledger()) == []
        assert read_ledger() == expect_ledger(known, taken)
