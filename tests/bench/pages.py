"""Reads each page many times and prints how long it took, in one process.

`tests.bench.run` starts this with a loaded database. Static files and the network are
left out: this is the time that our own code and the database take.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
django.setup()

from django.db import connection  # noqa: E402  the apps must be ready first
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from store.models import Certificate, Collection, Item  # noqa: E402

ROW = "{:<44} {:>7} {:>9} {:>9} {:>9}"


def main() -> int:
    """Print one row for each page; fail when a page does."""
    parser = argparse.ArgumentParser(prog="pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    print(ROW.format("page", "queries", "median ms", "p95 ms", "kB"))
    return max(measure(address, rounds) for address in addresses())


def addresses() -> Iterator[str]:
    """Return the pages to read, of rows that the sample holds."""
    collection = Collection.objects.order_by("pk")[0]
    item = Item.objects.filter(collection=collection).order_by("pk")[0]
    certificate = Certificate.objects.order_by("pk")[0]
    yield reverse("store:home")
    yield reverse("store:collection", args=[collection.slug])
    yield reverse("store:item", args=[item.slug])
    yield reverse("store:certificate", args=[certificate.number])
    yield reverse("store:cart")
    yield reverse("donations:impact")
    yield "/api/v1/items/"


def measure(address: str, rounds: int) -> int:
    """Read one page many times and print its row; return 1 when it fails."""
    client = Client(headers={"host": "localhost"})
    client.get(address)  # what is made once, as compiled templates, is not measured
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
        count = len(queries)  # the next request begins a new count
    if response.status_code != 200:
        print(f"{address} answered {response.status_code}")
        return 1
    times = sorted(_time(client, address) for _ in range(rounds))
    p95 = times[int(len(times) * 0.95) - 1]
    size = len(response.content) / 1000
    middle = statistics.median(times)
    numbers = (f"{middle:.1f}", f"{p95:.1f}", f"{size:.0f}")
    print(ROW.format(address[:44], count, *numbers))
    return 0


def _time(client: Client, address: str) -> float:
    begun = time.perf_counter()
    client.get(address)
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main())
