"""Drives many orders through real processes and accidents: are all the books right?

PostgreSQL, Valkey, the Stripe simulator, a web server and a worker run here, each in
processes of its own, and are killed, lost and restarted while shoppers, banks and staff
do anything at any moment. Then everything comes to its end, reconciliation and the
audit compare all the books, and one table is printed. Equal seeds make equal choices;
what the processes make of them differs from run to run, as it does in life.
"""

import argparse
import logging
import random
import secrets
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.soak import broken
from tests.bench.soak.house import House

EPILOG = """exit codes: 0 no differences and a clean audit; 1 differences, or it never
came to an end. A broken build (--broken) is expected to end with 1."""
LONG = 10_000
# So many moves between two strikes, on the average.
PEACE = 30


def main() -> int:
    """Run what the arguments ask for; return the exit code."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__, epilog=EPILOG)
    add = parser.add_argument
    add("--orders", type=int, default=1000, help="how many; 1,000 by default")
    add("--long", action="store_true", help=f"{LONG:,} orders")
    add("--seed", type=int, default=secrets.randbelow(2**32), help="random by default")
    add("--broken", choices=broken.BUILDS, help="take this guard out first")
    options = parser.parse_args()
    # What runs in processes of its own is stopped in whatever way this one ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    orders = LONG if options.long else options.orders
    if options.broken:
        return broken.run(options.broken, orders=orders, seed=options.seed)
    with tempfile.TemporaryDirectory(prefix="goodcarat-soak-") as folder:
        return soak(House(Path(folder), seed=options.seed), orders, options.seed)


def soak(house: House, orders: int, seed: int) -> int:
    """Run one story to its end; return the exit code."""
    begun = time.monotonic()
    print(f"Seed {seed}: {orders:,} orders", flush=True)
    try:
        house.open()
        code = tell_story(house, orders, seed)
    finally:
        house.close()
    print(f"{time.monotonic() - begun:.0f} s, seed {seed}")
    return code


def tell_story(house: House, orders: int, seed: int) -> int:
    """Let people and accidents take turns; return 0 when all books agree then."""
    import django  # noqa: PLC0415  the house has just said where its servers are

    django.setup()
    # The accidents are wanted: what our own part says of them is no news.
    logging.disable(logging.CRITICAL)
    from tests.bench.soak import ending  # noqa: PLC0415
    from tests.bench.soak.accidents import Accidents  # noqa: PLC0415
    from tests.bench.soak.people import People  # noqa: PLC0415

    chance = random.Random(seed)
    people, accidents = People(chance, house.stripe), Accidents(chance, house)
    moves = [*people.moves(), *accidents.moves()]
    while people.count_orders() < orders:
        people.do(chance.choice(moves))
        if chance.randrange(PEACE) == 0:
            accidents.strike()
    ending.come_to_an_end(people, accidents)
    differences = ending.compare(house)
    ending.show(house, differences, accidents.count)
    return int(bool(differences))


if __name__ == "__main__":
    sys.exit(main())
