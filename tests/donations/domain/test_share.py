"""The share of a price: the worked examples, and what holds for any price."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donations.domain import share
from donations.domain.share import Share, ShareKind, TaxMode

TENTH = Share(ShareKind.PERCENT, bps=1000)

bases = st.integers(min_value=0, max_value=10**12)
rates = st.integers(min_value=1, max_value=10_000)
prices = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=30)


@pytest.mark.checklist("V1", "V2")
@pytest.mark.parametrize(
    ("bases", "rule", "shares"),
    [
        pytest.param([249900], TENTH, [24990], id="V1"),
        pytest.param([9991, 9991], TENTH, [1000, 1000], id="V2"),
        pytest.param(
            [2500, 900, 1],
            Share(ShareKind.FIXED, fixed_amount=2500),
            [2500, 2500, 2500],
            id="V6",
        ),
        pytest.param([98765], TENTH, [9877], id="V16"),
        pytest.param([0], TENTH, [0], id="V20 percent"),
        pytest.param([0], Share(ShareKind.FIXED, fixed_amount=2500), [0], id="V20"),
    ],
)
def test_share_rounds_up_per_piece(bases, rule, shares):
    """A share is rounded up for each piece; a base of 0 gives nothing."""
    assert [share.share_amount(base, rule) for base in bases] == shares


@pytest.mark.checklist("V3")
def test_discount_falls_on_every_line():
    """V3: an order's discount lowers each line's base, the eligible lines give."""
    grosses = [120000, 80000, 11111, 11111, 11111]

    discounts = share.discount_per_line(discount=10000, grosses=grosses)
    given_shares = [
        share.share_amount(gross - part, TENTH)
        for gross, part in zip(grosses, discounts, strict=True)
    ]

    assert discounts == [5143, 3429, 476, 476, 476]
    eligible = given_shares[:1] + given_shares[2:]
    assert eligible == [11486, 1064, 1064, 1064]
    assert sum(eligible) == 14678


@pytest.mark.parametrize(
    ("mode", "amount"),
    [
        pytest.param(TaxMode.EXCLUSIVE, 10000, id="V4 exclusive"),
        pytest.param(TaxMode.INCLUSIVE, 12000, id="V4 inclusive"),
    ],
)
def test_tax_mode_decides_the_base(mode, amount):
    """The recorded tax is taken out of the base, or left in."""
    base = share.base_amount(gross=120000, discount=0, tax=20000, tax_mode=mode)

    assert share.share_amount(base, TENTH) == amount


@pytest.mark.checklist("M5")
@given(prices=prices, rate=rates, discounted=st.integers(0, 100))
def test_beneficiary_gets_advertised_part(prices, rate, discounted):
    """For any prices, discount and rate: of every piece and of the total."""
    discount = sum(prices) * discounted // 100
    parts = share.discount_per_line(discount=discount, grosses=prices)
    rule = Share(ShareKind.PERCENT, bps=rate)

    paid = [
        share.base_amount(gross=gross, discount=part, tax=0, tax_mode=TaxMode.EXCLUSIVE)
        for gross, part in zip(prices, parts, strict=True)
    ]
    shares = [share.share_amount(base, rule) for base in paid]

    assert sum(parts) == discount
    for base, amount in zip(paid, shares, strict=True):
        assert base * rate <= amount * 10_000 < base * rate + 10_000
    assert sum(shares) * 10_000 >= sum(paid) * rate


@given(base=bases, less=bases, rate=rates)
def test_share_never_grows_as_base_falls(base, less, rate):
    """A lower base never gives more, so a refund never raises a donation."""
    rule = Share(ShareKind.PERCENT, bps=rate)
    low, high = sorted([base, less])

    assert share.share_amount(low, rule) <= share.share_amount(high, rule) <= high


@pytest.mark.parametrize(
    ("gross", "discount", "tax"),
    [(-1, 0, 0), (100, -1, 0), (100, 0, -1), (100, 101, 0), (100, 50, 51)],
)
def test_contradicting_amounts_are_refused(gross, discount, tax):
    """Nothing is negative, and nothing is taken from less than itself."""
    with pytest.raises(share.InvalidPriceError, match="contradict"):
        share.base_amount(
            gross=gross, discount=discount, tax=tax, tax_mode=TaxMode.INCLUSIVE
        )


def test_base_amounts_are_whole_numbers():
    """A float has no place in a price."""
    with pytest.raises(TypeError):
        share.base_amount(gross=9.5, discount=0, tax=0, tax_mode=TaxMode.INCLUSIVE)


def test_negative_base_is_refused():
    """A base below zero is a mistake of the caller."""
    with pytest.raises(share.InvalidPriceError, match="cannot be -1"):
        share.share_amount(-1, TENTH)


@pytest.mark.parametrize("discount", [-1, 301])
def test_discount_fits_its_lines(discount):
    """No discount is negative or more than all lines together."""
    with pytest.raises(share.InvalidPriceError, match="does not fit"):
        share.discount_per_line(discount=discount, grosses=[100, 200])


def test_no_discount_lowers_no_line():
    """Without a discount even free lines have their part: nothing."""
    assert share.discount_per_line(discount=0, grosses=[0, 0]) == [0, 0]


@pytest.mark.parametrize(
    ("kind", "bps", "fixed"),
    [
        (ShareKind.PERCENT, 0, 0),
        (ShareKind.PERCENT, 10_001, 0),
        (ShareKind.PERCENT, 1000, 5),
        (ShareKind.FIXED, 0, 0),
        (ShareKind.FIXED, 1000, 5),
    ],
)
def test_share_numbers_fit_its_kind(kind, bps, fixed):
    """A percent share has basis points, a fixed one an amount, neither both."""
    with pytest.raises(share.InvalidShareError, match="cannot have"):
        Share(kind, bps=bps, fixed_amount=fixed)


@pytest.mark.parametrize(
    ("bps", "text"),
    [(1000, "10%"), (1250, "12.5%"), (5, "0.05%"), (10_000, "100%"), (333, "3.33%")],
)
def test_percent_reads_as_people_write_it(bps, text):
    """Basis points are printed as a percentage without idle zeros."""
    assert share.percent_text(bps) == text


def leave(bases, *, paid, returned=(), returned_amount=0, refunded=0):
    """Return the bases that are left; `returned` numbers the pieces that came back."""
    return share.remaining_bases(
        bases=bases,
        returned=[number in returned for number in range(len(bases))],
        paid_amount=paid,
        returned_amount=returned_amount,
        refunded_amount=refunded,
    )


@pytest.mark.parametrize(
    ("refunded", "base", "target"),
    [
        (0, 249900, 24990),
        (50000, 203623, 20363),
        (150000, 111067, 11107),
        (270000, 0, 0),
    ],
)
def test_refunded_amount_lowers_the_base(refunded, base, target):
    """V13: what went back lowers a base by its part of what was paid."""
    (left,) = leave([249900], paid=270000, refunded=refunded)

    assert (left, share.share_amount(left, TENTH)) == (base, target)


@pytest.mark.parametrize(
    ("steps", "totals"),
    [
        pytest.param(["nothing", "return", "both"], [20000, 12000, 9306], id="return"),
        pytest.param(["nothing", "amount", "both"], [20000, 17274, 9306], id="amount"),
    ],
)
def test_return_and_refund_take_any_order(steps, totals):
    """V12: a returned piece and an amount end alike, whichever comes first."""
    states = {
        "nothing": {},
        "return": {"returned": {1}, "returned_amount": 86400},
        "amount": {"refunded": 30000},
        "both": {"returned": {1}, "returned_amount": 86400, "refunded": 30000},
    }

    found = [
        sum(
            share.share_amount(base, TENTH)
            for base in leave([120000, 80000], paid=220000, **states[step])
        )
        for step in steps
    ]

    assert found == totals


@pytest.mark.parametrize(
    ("refunded", "returned_amount"), [(220001, 0), (133601, 86400), (0, 220001)]
)
def test_more_than_everything_is_never_clamped(refunded, returned_amount):
    """Refunds beyond the payment are an error, not a base of nothing."""
    with pytest.raises(share.RefundsExceedPaymentError, match="went back of 220000"):
        leave(
            [120000, 80000],
            paid=220000,
            returned={1},
            returned_amount=returned_amount,
            refunded=refunded,
        )


@pytest.mark.parametrize("wrong", [{"refunded": -1}, {"returned_amount": -1}])
def test_negative_refund_is_refused(wrong):
    """Money that comes back is no negative number."""
    with pytest.raises(share.InvalidPriceError, match="-1"):
        leave([1], paid=1, **wrong)


def test_lines_and_returns_are_told_together():
    """Each base comes with what became of its piece."""
    with pytest.raises(ValueError, match="zip"):
        share.remaining_bases(
            bases=[1, 2],
            returned=[True],
            paid_amount=3,
            returned_amount=0,
            refunded_amount=0,
        )


@given(
    bases=st.lists(st.integers(0, 10**9), min_size=1, max_size=6),
    beyond=st.integers(0, 10**6),
    returned=st.sets(st.integers(0, 5)),
    parts=st.lists(st.integers(0, 1000), min_size=2, max_size=2),
)
def test_remaining_bases_fall_with_what_went_back(bases, beyond, returned, parts):
    """For any sale: nothing rises, and a part that went back takes no more than it."""
    back = sum(base for number, base in enumerate(bases) if number in returned)
    paid = sum(bases) + beyond
    rest = paid - back
    less, more = (rest * part // 1000 for part in sorted(parts))
    known = {"paid": paid, "returned": returned, "returned_amount": back}

    before, after = (
        leave(bases, **known, refunded=refunded) for refunded in (less, more)
    )

    for number, base in enumerate(bases):
        assert 0 <= after[number] <= before[number] <= base
        if number in returned:
            assert before[number] == 0
    assert sum(bases) - back - sum(after) <= more


@given(bases=st.lists(st.integers(0, 10**9), min_size=1, max_size=6), data=st.data())
def test_full_refund_leaves_nothing(bases, data):
    """Once everything went back, by pieces or by amounts, every base is nothing."""
    paid = sum(bases)
    returned = data.draw(st.sets(st.integers(0, 5)))
    back = sum(base for number, base in enumerate(bases) if number in returned)

    left = leave(
        bases,
        paid=paid,
        returned=returned,
        returned_amount=back,
        refunded=paid - back,
    )

    assert left == [0] * len(bases)


@given(base=st.integers(1, 10**9), paid=st.integers(1, 10**9), data=st.data())
def test_fixed_share_outlasts_partial_refunds(base, paid, data):
    """A fixed share stays whole until the piece or everything paid is back."""
    rule = Share(ShareKind.FIXED, fixed_amount=2500)
    refunded = data.draw(st.integers(0, paid))

    (left,) = leave([base], paid=paid, refunded=refunded)

    assert share.share_amount(left, rule) == (0 if refunded == paid else 2500)
