"""Guards of money on its way back, of keys and time, and of the comparison."""

from tests.bench.mutation import Mutation

_SERVICES = "store/services/"
_TESTS = "tests/store/services/"

MUTATIONS = (
    # --- Keys and time --------------------------------------------------------------
    Mutation(
        "an old key is not repeated",
        ("I3",),
        _SERVICES + "sweeps.py",
        "    elif at < min(attempt.expires_at, attempt.created_at + _KEY_IS_KNOWN):\n",
        "    elif True:\n",
        (_TESTS + "test_sweeps.py",),
    ),
    Mutation(
        "a key used otherwise is left alone",
        ("I2",),
        _SERVICES + "refund_sending.py",
        " or isinstance(error, gateways.KeyReusedError)",
        "",
        (_TESTS + "test_refund_sending.py",),
    ),
    Mutation(
        "a busy Stripe is asked again",
        ("I5",),
        "store/gateways/sdk.py",
        "        (stripe.RateLimitError, base.UnavailableError),\n",
        "        (stripe.RateLimitError, base.DeclinedError),\n",
        ("tests/store/gateways",),
    ),
    # --- Refunds and disputes -------------------------------------------------------
    Mutation(
        "no more goes back than came",
        ("R1",),
        _SERVICES + "refund_rows.py",
        '        pk=payment.pk, refunded_amount__lte=F("amount") - amount\n',
        "        pk=payment.pk\n",
        (_TESTS + "test_refund_races.py",),
    ),
    Mutation(
        "a refund's answer is known by its reference",
        ("I6", "R1"),
        _SERVICES + "refund_sync.py",
        "            known = asked.filter(uuid=UUID(result.reference)).first()\n",
        "            pass\n",
        (_TESTS + "test_refund_sending.py", _TESTS + "test_refund_sync.py"),
    ),
    Mutation(
        "refunded is said when it is true",
        ("R2",),
        _SERVICES + "refund_sync.py",
        "    if after == RefundStatus.SUCCEEDED:\n",
        "    if after != RefundStatus.FAILED:\n",
        (_TESTS + "test_refund_sync.py",),
    ),
    Mutation(
        "a refund goes forward only",
        ("R2", "W9"),
        _SERVICES + "refund_sync.py",
        "    if _STAGES[after] < _STAGES[before]:\n        return\n",
        "",
        (_TESTS + "test_refund_sync.py", _TESTS + "test_event_order.py"),
    ),
    Mutation(
        "a failed refund restores the share",
        ("R3",),
        _SERVICES + "refund_sync.py",
        "        retargeting.follow_money(order=order, at=at, cause=cause)\n",
        "        retargeting.follow_status(order=order)\n",
        (_TESTS + "test_refund_sync.py", _TESTS + "test_retargeting.py"),
    ),
    Mutation(
        "a refund of the Dashboard counts",
        ("R4",),
        _SERVICES + "refund_sync.py",
        "        refund_rows.recount(payment=payment)\n",
        "",
        (_TESTS + "test_refund_sync.py",),
    ),
    Mutation(
        "nothing goes back while a bank decides",
        ("R5",),
        _SERVICES + "refunds.py",
        "        _check_disputes(payment)\n",
        "",
        (_TESTS + "test_refunds.py", _TESTS + "test_disputes.py"),
    ),
    Mutation(
        "a disputed donation is held",
        ("R5",),
        _SERVICES + "retargeting.py",
        "    is_held = is_disputed(payment=payment)\n",
        "    is_held = False\n",
        (_TESTS + "test_disputes.py", _TESTS + "test_retargeting.py"),
    ),
    Mutation(
        "what a bank kept is lost",
        ("R5",),
        _SERVICES + "retargeting.py",
        "refunded_amount=_sum(accepted) + sum_lost(payment=payment) - came_back,",
        "refunded_amount=_sum(accepted) - came_back,",
        (_TESTS + "test_disputes.py", _TESTS + "test_retargeting.py"),
    ),
    # --- Vouchers, reconciliation, keys ---------------------------------------------
    Mutation(
        "a voucher's last use is the last",
        ("S15",),
        _SERVICES + "vouchers.py",
        '    free = Q(usage_limit=None) | Q(uses_count__lt=F("usage_limit"))\n',
        '    free = Q(usage_limit=None) | Q(uses_count__lte=F("usage_limit"))\n',
        (_TESTS + "test_vouchers.py",),
    ),
    Mutation(
        "a voucher's use goes with the pieces",
        ("S12",),
        _SERVICES + "payments.py",
        "            holds.release_pieces(order=order)\n"
        "            vouchers.release_voucher(order=order)\n",
        "            holds.release_pieces(order=order)\n",
        (_TESTS + "test_vouchers.py", _TESTS + "test_payments_closing.py"),
    ),
    Mutation(
        "a dry run writes nothing",
        ("C3",),
        _SERVICES + "reconciliation/runs.py",
        "is_dry=is_dry, progress=progress",
        "is_dry=False, progress=progress",
        (_TESTS + "reconciliation", "tests/store/management"),
    ),
    Mutation(
        "live money reaches Stripe and nobody else",
        ("K3",),
        "store/checks/payments.py",
        'if conf.STRIPE_API_BASE and "_live_" in conf.STRIPE_SECRET_KEY:',
        "if False:",
        ("tests/store/test_checks.py",),
    ),
    Mutation(
        "no answer of Stripe's leaves with its error",
        ("K6",),
        "store/gateways/sdk.py",
        "            ours = _our_error(error)\n        raise ours\n",
        "            raise _our_error(error) from error\n",
        ("tests/store/gateways",),
    ),
)
