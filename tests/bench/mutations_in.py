"""Guards of money on its way in: webhooks, Sessions, amounts, the ledger."""

from tests.bench.mutation import Mutation

_SERVICES = "store/services/"
_TESTS = "tests/store/services/"

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
        "_LARGEST_BODY_BYTES = 2 * 1024 * 1024",
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
        "donations/services/setting_aside.py",
        "if _claim([donation_id], at, Dated.NOW):",
        "if _claim([donation_id], at, Dated.NOW) or True:",
        ("tests/donations/services/test_donations.py",),
    ),
)
