"""A voucher's last use, many customers: exactly one gets it (PostgreSQL, threads)."""

import contextlib

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from store.models import Order, Voucher, VoucherUse
from store.services import carts, checkout, holds, vouchers
from tests.extras_factories import make_voucher
from tests.journeys import purchases, races

SHOPPERS = 16
CODE = "LAST-ONE"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tokens():
    """The carts of sixteen customers, each with a piece of its own and the voucher."""
    make_voucher(CODE, usage_limit=1)
    tokens = [purchases.fill_cart(piece) for piece in purchases.offer_pieces(SHOPPERS)]
    for token in tokens:
        carts.set_voucher(token=token, code=CODE, at=timezone.now())
    return tokens


@contextlib.contextmanager
def _without_limit():
    """Let the database allow more uses than the limit, for a while."""
    (rule,) = (c for c in Voucher._meta.constraints if c.name.endswith("within_limit"))
    with connection.schema_editor() as editor:
        editor.remove_constraint(Voucher, rule)
    try:
        yield
    finally:
        Voucher.objects.update(usage_limit=None)
        with connection.schema_editor() as editor:
            editor.add_constraint(Voucher, rule)


def _remove_guard(monkeypatch):
    """Let the code look first and count later, as code without care does."""
    meeting = races.Meeting(SHOPPERS)

    def claim(voucher_id):
        voucher = Voucher.objects.get(pk=voucher_id)
        meeting.wait()
        if voucher.uses_count >= voucher.usage_limit:
            return False
        counted = Voucher.objects.filter(pk=voucher_id)
        return bool(counted.update(uses_count=F("uses_count") + 1))

    monkeypatch.setattr(vouchers, "_claim", claim)


def _race(tokens):
    """Let every customer check out at once; return who won, and what the others got."""
    outcomes = races.run_together(len(tokens), lambda n: _check_out(tokens[n]))
    winners = [o for o in outcomes if isinstance(o, checkout.Checkout)]
    return winners, [o for o in outcomes if o not in winners]


def _check_out(token):
    return checkout.start_checkout(
        cart_token=token, email=purchases.EMAIL, at=timezone.now()
    )


def test_one_of_sixteen_gets_the_last_use(simulator, tokens):
    """One customer pays less; fifteen hear that the voucher is used up, and why."""
    winners, losers = _race(tokens)

    assert len(winners) == 1
    assert [getattr(loser, "rule", loser) for loser in losers] == ["used_up"] * 15
    assert len(simulator.sessions()) == Order.objects.count() == 1
    assert Order.objects.get().discount_amount == 24_990
    assert Voucher.objects.get().uses_count == VoucherUse.objects.count() == 1


def test_the_code_alone_is_enough(simulator, tokens):
    """The conditional update counts one use without the database's rule."""
    with _without_limit():
        winners, losers = _race(tokens)

        assert len(winners) == 1
        assert {loser.rule for loser in losers} == {"used_up"}


def test_the_database_alone_is_enough(simulator, tokens, monkeypatch):
    """The constraint refuses a second use when the code counts without care."""
    _remove_guard(monkeypatch)

    winners, losers = _race(tokens)

    assert len(winners) == 1
    assert {type(loser) for loser in losers} == {holds.PiecesGoneError}
    assert Voucher.objects.get().uses_count == VoucherUse.objects.count() == 1


def test_without_guards_the_last_use_is_used_again(simulator, tokens, monkeypatch):
    """Negative control: without its two guards the same race has several winners."""
    _remove_guard(monkeypatch)

    with _without_limit():
        winners, _ = _race(tokens)

        assert len(winners) > 1
        assert Voucher.objects.get().uses_count == len(winners)
