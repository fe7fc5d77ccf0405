"""A shop on SQLite, in processes of its own: `python -m tests.journeys.sqlite_shop 8`.

Migrates the database that `DATABASE_URL` names, puts one piece on sale, and lets that
many processes check it out at once. Prints what came of it as one line of JSON. With
`--voucher` each has a piece of its own, and all have the same voucher's last use. With
`--without-guards` nothing but the customers' luck keeps them apart.
"""

import json
import multiprocessing
import sys

import django
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

WAIT_SECONDS = 60


def main():
    """Run the race and print who got a payment page."""
    django.setup()
    call_command("migrate", verbosity=0)
    tokens = _open_shop(int(sys.argv[1]))
    if "--without-guards" in sys.argv:
        _remove_guards()
    sys.stdout.write(json.dumps(_race(tokens)) + "\n")


def _open_shop(count):
    """Offer one piece, and put it in `count` carts."""
    # Models can be imported only when Django is ready.
    from tests.journeys import purchases  # noqa: PLC0415

    if "--voucher" in sys.argv:
        return _open_shop_with_voucher(count)
    (piece,) = purchases.offer_pieces(1)
    return [purchases.fill_cart(piece) for _ in range(count)]


def _open_shop_with_voucher(count):
    """Offer a piece to each of `count` carts, and one use of a voucher to all."""
    from store.services import carts  # noqa: PLC0415
    from tests import extras_factories  # noqa: PLC0415
    from tests.journeys import purchases  # noqa: PLC0415

    voucher = extras_factories.make_voucher(usage_limit=1)
    tokens = [purchases.fill_cart(piece) for piece in purchases.offer_pieces(count)]
    for token in tokens:
        carts.set_voucher(token=token, code=voucher.code, at=timezone.now())
    return tokens


def _remove_guards():
    if "--voucher" in sys.argv:
        _remove_guards_of_vouchers()
        return
    from store.models import Hold, Piece  # noqa: PLC0415
    from store.services import holds  # noqa: PLC0415

    def take(piece_ids, **_):
        Piece.objects.filter(pk__in=piece_ids).update(status="held")
        return len(piece_ids)

    holds._take_free = take
    (rule,) = (c for c in Hold._meta.constraints if c.name.endswith("live_per_piece"))
    with connection.schema_editor() as editor:
        editor.remove_constraint(Hold, rule)


def _remove_guards_of_vouchers():
    from store.models import Voucher  # noqa: PLC0415
    from store.services import vouchers  # noqa: PLC0415

    def claim(voucher_id):
        return bool(Voucher.objects.filter(pk=voucher_id).update(uses_count=1))

    vouchers._claim = claim
    vouchers._is_used_up = lambda _: False
    (rule,) = (c for c in Voucher._meta.constraints if c.name.endswith("within_limit"))
    with connection.schema_editor() as editor:
        editor.remove_constraint(Voucher, rule)


def _race(tokens):
    connection.close()
    fork = multiprocessing.get_context("fork")
    start, outcomes = fork.Barrier(len(tokens)), fork.SimpleQueue()
    buyers = [
        fork.Process(target=_buy, args=(token, start, outcomes)) for token in tokens
    ]
    for buyer in buyers:
        buyer.start()
    found = [outcomes.get() for _ in buyers]
    for buyer in buyers:
        buyer.join(WAIT_SECONDS)
    return found


def _buy(token, start, outcomes):
    from store.services import checkout  # noqa: PLC0415
    from tests.journeys import purchases  # noqa: PLC0415

    start.wait(WAIT_SECONDS)
    try:
        checkout.start_checkout(
            cart_token=token, email=purchases.EMAIL, at=timezone.now()
        )
    except Exception as error:  # noqa: BLE001  the test asserts which it was
        outcomes.put(getattr(error, "rule", type(error).__name__))
    else:
        outcomes.put("Checkout")


if __name__ == "__main__":
    main()
