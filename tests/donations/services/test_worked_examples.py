"""Section 5 of the donation rules, as data, through the services and the ledger."""

from dataclasses import dataclass, field

import pytest

from donations.models import Donation, Entry
from donations.services import audit, donations, ledger
from tests import donations_factories as factories

AT = factories.AT
pytestmark = pytest.mark.django_db

REVERSE = ("reverse", "pending", "donation")
REVERSE_HELD = ("reverse", "held", "donation")
REFILL = ("refill", "donation", "pending")
HOLD = ("hold", "pending", "held")
UNHOLD = ("unhold", "held", "pending")


@dataclass(frozen=True)
class Sale:
    """What was sold: bases of the pieces, and what was paid in all."""

    bases: tuple[int, ...]
    paid: int
    terms: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """What is known of the sale by now, and what that is to post."""

    posts: tuple
    left: int
    refunded: int = 0
    returned: frozenset = frozenset()
    returned_amount: int = 0
    is_held: bool = False


BACK = {"returned": frozenset({1}), "returned_amount": 86400}
ONE = Sale(bases=(249900,), paid=270000)
TWO = Sale(bases=(120000, 80000), paid=220000)
OPENED = Step(((*HOLD, 24990),), left=24990, is_held=True)
EXAMPLES = {
    "V6": (
        Sale((10000,) * 3, 30000, terms={"share_fixed_amount": 2500}),
        [
            Step(
                ((*REVERSE, 2500),),
                left=5000,
                returned=frozenset({1}),
                returned_amount=10000,
            )
        ],
    ),
    "V12 return first": (
        TWO,
        [
            Step(((*REVERSE, 8000),), left=12000, **BACK),
            Step(((*REVERSE, 2694),), left=9306, refunded=30000, **BACK),
        ],
    ),
    "V12 amount first": (
        TWO,
        [
            Step(((*REVERSE, 1636), (*REVERSE, 1090)), left=17274, refunded=30000),
            Step(
                ((*REVERSE, 1058), (*REVERSE, 6910)), left=9306, refunded=30000, **BACK
            ),
        ],
    ),
    "V13": (
        ONE,
        [
            Step(((*REVERSE, 4627),), left=20363, refunded=50000),
            Step(((*REVERSE, 9256),), left=11107, refunded=150000),
            Step(((*REVERSE, 11107),), left=0, refunded=270000),
        ],
    ),
    "V13b": (
        ONE,
        [
            Step(((*REVERSE, 4627),), left=20363, refunded=50000),
            Step(((*REFILL, 4627),), left=24990),
        ],
    ),
    "V14a": (ONE, [OPENED, Step(((*UNHOLD, 24990),), left=24990)]),
    "V14b": (
        ONE,
        [OPENED, Step(((*REVERSE_HELD, 24990),), left=0, refunded=270000)],
    ),
    "V14c": (
        ONE,
        [
            OPENED,
            Step(((*REVERSE_HELD, 4627), (*UNHOLD, 20363)), left=20363, refunded=50000),
        ],
    ),
    "a refund while it is held, that fails while it is held": (
        ONE,
        [
            OPENED,
            Step(((*REVERSE_HELD, 4627),), left=20363, refunded=50000, is_held=True),
            Step((("refill", "donation", "held", 4627),), left=24990, is_held=True),
            Step(((*UNHOLD, 24990),), left=24990),
        ],
    ),
    "a dispute and a refund told at once": (
        ONE,
        [
            Step(
                ((*REVERSE, 4627), (*HOLD, 20363)),
                left=20363,
                refunded=50000,
                is_held=True,
            )
        ],
    ),
    "a dispute of what went back in full": (
        ONE,
        [
            Step(((*REVERSE, 24990),), left=0, refunded=270000),
            Step((), left=0, refunded=270000, is_held=True),
            Step((), left=0, refunded=270000),
        ],
    ),
    "V20 base 0": (
        ONE,
        [
            Step(((*REVERSE, 24990),), left=0, refunded=270000),
            Step((), left=0, refunded=270000),
        ],
    ),
}


def sell(sale):
    """Record and set aside what the sale gives."""
    version = factories.make_pledge_version(**sale.terms)
    for number, base in enumerate(sale.bases):
        factories.make_donation(
            version=version,
            source=f"line:{number}",
            base_amount=base,
            is_set_aside=True,
        )


def tell(sale, step):
    """Bring the sale's donations to what is known of it by now."""
    bases = donations.remaining_bases(
        bases=sale.bases,
        returned=[number in step.returned for number in range(len(sale.bases))],
        paid_amount=sale.paid,
        returned_amount=step.returned_amount,
        refunded_amount=step.refunded,
    )
    donations.retarget_donations(
        changes=[
            donations.BaseChange(
                f"line:{number}", base, AT, "told", is_held=step.is_held
            )
            for number, base in enumerate(bases)
        ]
    )


def read_posts(after):
    """Return what was posted after this entry, in order."""
    rows = Entry.objects.filter(pk__gt=after).order_by("pk")
    return tuple(rows.values_list("kind", "debit__kind", "credit__kind", "amount"))


@pytest.mark.checklist("R3", "R4", "R5", "V6", "V12", "V13", "V13b", "V14", "V20")
@pytest.mark.parametrize(("sale", "steps"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_example_posts_its_entries(sale, steps):
    """Each step posts the entries of its example, however often it is told."""
    sell(sale)

    for step in steps:
        last = Entry.objects.latest("pk").pk
        for _ in range(3):
            tell(sale, step)

        rows = Donation.objects.all()
        assert read_posts(last) == step.posts
        assert sum(row.posted_amount for row in rows) == step.left
        assert {row.is_held for row in rows} == {step.is_held}
        assert list(audit.audit_ledger()) == []


@pytest.mark.checklist("V20")
def test_same_key_with_another_payload_posts_nothing():
    """V20: a key that is taken refuses another payload and its whole batch."""
    sell(ONE)
    tell(ONE, OPENED)
    donation = Donation.objects.get()
    before = Entry.objects.count()

    # The row goes back behind the services, so that its next act has a used key.
    Donation.objects.filter(pk=donation.pk).update(revision=1, is_held=False)
    with pytest.raises(ledger.IdempotencyConflictError, match="another payload"):
        donations.retarget_donation(
            source="line:0", base_amount=203623, at=AT, cause="other", is_held=True
        )

    assert Entry.objects.count() == before
    assert not Donation.objects.get().is_held
