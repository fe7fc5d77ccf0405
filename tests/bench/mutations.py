"""The guards of the money path, each with what it looks like when it is gone.

`guard` is text that stands in its file exactly once; `tests` are where somebody must
notice. Lines are those of the checklist in docs/payments.md.
"""

from dataclasses import dataclass

_SERVICES = "store/services/"
_TESTS = "tests/store/services/"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One guard and what stands in its place when it is removed."""

    name: str
    lines: tuple[str, ...]
    path: str
    guard: str
    instead: str
    tests: tuple[str, ...]


MUTATIONS = (
    # --- Webhooks -------------------------------------------------------------------
    Mutation(
        "a body is signed",
        ("W1",),
        "store/gateways/stripe.py",
        "sdk.verify_signature(text, signature, conf.webhook_secrets(endpoint))",
        "pass",
        ("tests/store/test_webhooks.py", "tests/store/gateways/test_stripe_events.py"),
    ),
    Mutation(
        "a signature grows old",
        ("W3",),
        "store/gateways/sdk.py",
        "                text, signature, secret, _TOLERANCE_SECONDS\n",
        "                text, signature, secret\n",
        ("tests/store/test_webhooks.py", "tests/store/gateways/test_stripe_events.py"),
    ),
    Mutation(
        "each door has its own events",
        ("W5",),
        "store/gateways/stripe.py",
        "            _check_door(event, endpoint)\n",
        "",
        ("tests/store/test_webhook_doors.py",),
    ),
    Mutation(
        "an event that was acted on is done",
        ("W7",),
        _SERVICES + "webhook_events.py",
        "            WebhookEventStatus.PROCESSED if was_ours else"
        " WebhookEventStatus.IGNORED\n",
        "            WebhookEventStatus.NEW\n",
        (_TESTS + "test_webhook_events.py",),
    ),
    Mutation(
        "the other mode's events are ignored",
        ("W11",),
        _SERVICES + "webhook_events.py",
        "if row.livemode != gateway.livemode:",
        "if False:",
        (_TESTS + "test_webhook_events.py",),
    ),
    Mutation(
        "a failed event steps back",
        ("W14",),
        _SERVICES + "webhook_events.py",
        "        _record_failure(row, error, at)\n",
        "",
        (_TESTS + "test_webhook_events.py",),
    ),
    Mutation(
        "a flood is not read",
        ("W15",),
        "store/webhooks.py",
        "_LARGEST_BODY_BYTES = 1024 * 1024",
        "_LARGEST_BODY_BYTES = 1024 * 1024 * 1024",
        ("tests/store/test_webhooks.py", "tests/store/test_webhook_doors.py"),
    ),
    # --- Sessions and what they sell ------------------------------------------------
    Mutation(
        "an attempt keeps its key",
        ("S2", "I1"),
        _SERVICES + "sessions.py",
        'idempotency_key=f"order-{order.uuid}-attempt-{number}",',
        'idempotency_key=f"order-{order.uuid}-attempt-{at.timestamp()}",',
        (_TESTS + "test_sessions.py", _TESTS + "test_checkout.py"),
    ),
    Mutation(
        "a payment is recorded once",
        ("S5", "W9"),
        _SERVICES + "payments.py",
        "    if attempt.status == AttemptStatus.PAID:\n",
        "    if attempt.status == AttemptStatus.CREATED:\n",
        (_TESTS + "test_payments.py",),
    ),
    Mutation(
        "only paid is paid",
        ("S6",),
        _SERVICES + "payments.py",
        '_PAID = frozenset({"paid", "no_payment_required"})',
        '_PAID = frozenset({"paid", "no_payment_required", "unpaid"})',
        (_TESTS + "test_payments.py", _TESTS + "test_payments_late.py"),
    ),
    Mutation(
        "Stripe took what the order says",
        ("S8",),
        _SERVICES + "sales.py",
        "if (session.amount, session.currency)"
        " != (order.total_amount, order.currency):",
        "if session.currency != order.currency:",
        (_TESTS + "test_sales.py", _TESTS + "test_sales_again.py"),
    ),
    Mutation(
        "another choice is another order",
        ("S9", "S10"),
        _SERVICES + "checkout.py",
        "    if attempt is None or _fits(attempt, wish):\n",
        "    if True:\n",
        (_TESTS + "test_checkout_again.py",),
    ),
    Mutation(
        "a second payment goes back",
        ("S11",),
        _SERVICES + "sales.py",
        '    refunds.owe_refund(payment=payment, reason="The order was paid twice",'
        " at=at)\n",
        "",
        (_TESTS + "test_sales_again.py",),
    ),
    Mutation(
        "a Session that nobody remembers is taken",
        ("S11",),
        _SERVICES + "payments.py",
        '    if attempt is None and session.status == "complete":\n',
        "    if False:\n",
        (_TESTS + "test_payments_late.py", _TESTS + "test_sales_again.py"),
    ),
    Mutation(
        "only the current attempt lets go",
        ("S12",),
        _SERVICES + "payments.py",
        "order.status == OrderStatus.PENDING and attempt.pk == current",
        "order.status == OrderStatus.PENDING",
        (_TESTS + "test_payments.py", _TESTS + "test_payments_closing.py"),
    ),
    Mutation(
        "late money does not take a sold piece",
        ("S13",),
        _SERVICES + "holds.py",
        "                raise PiecesGoneError(())\n",
        "                pass\n",
        (
            _TESTS + "test_holds.py",
            _TESTS + "test_sales_again.py",
            "tests/journeys/test_race.py",
        ),
    ),
    Mutation(
        "a failed debit frees the piece",
        ("S16",),
        _SERVICES + "payments.py",
        "    if session.intent_status in _UNPAID_FOR_GOOD:\n",
        "    if False:\n",
        (_TESTS + "test_payments.py", _TESTS + "test_payments_late.py"),
    ),
    # --- Money ----------------------------------------------------------------------
    Mutation(
        "amounts are whole numbers",
        ("M1",),
        "store/gateways/limits.py",
        "    money.check_amount(amount)\n",
        "",
        ("tests/store/gateways",),
    ),
    Mutation(
        "a cart has one currency",
        ("M3",),
        _SERVICES + "carts.py",
        '    if asked not in {"", current}'
        " or not prices.price_of(item=item, currency=current):\n",
        "    if False:\n",
        (_TESTS + "test_carts.py", _TESTS + "test_prices.py"),
    ),
    Mutation(
        "shares are rounded up",
        ("M5",),
        "donations/domain/share.py",
        "    return -(-base * share.bps // WHOLE_BPS)\n",
        "    return base * share.bps // WHOLE_BPS\n",
        ("tests/donations/domain",),
    ),
    Mutation(
        "an entry's key is used once",
        ("M7",),
        "donations/services/ledger.py",
        "            raise IdempotencyConflictError(\n",
        "            IdempotencyConflictError(\n",
        ("tests/donations/services/test_ledger.py",),
    ),
    Mutation(
        "a donation is due once",
        ("S5",),
        "donations/services/donations.py",
        "if not _claim([donation_id], at, Dated.NOW):",
        "if _claim([donation_id], at, Dated.NOW) > 1:",
        ("tests/donations/services/test_donations.py",),
    ),
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
