"""Loads the sample, step by step; what an earlier run loaded is kept and counted."""

import contextlib
import dataclasses
import datetime
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from demo.sample import (
    archive,
    closing,
    designs,
    extras,
    history,
    payouts,
    promise,
    showcase,
    silence,
    stock,
)
from demo.sample.people import DOMAIN
from demo.sample.progress import Progress
from donations.models import Pledge
from donations.services import pledges
from store.models import Collection, ItemImage, Order
from store.services import pictures

Row = TypeVar("Row")
TOLD = 24
ITEM_CHUNK = 100
_OPENING = datetime.timedelta(days=350)


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """How much is asked for, and the moment of asking."""

    items: int
    orders: int
    at: datetime.datetime

    @property
    def opened_at(self) -> datetime.datetime:
        """Return when the collection opened, a year ago."""
        return self.at - _OPENING


def seed(wanted: Wanted, progress: Progress) -> None:
    """Load what is wanted and not there yet.

    Workers are asked to render the pictures, where a broker can be reached.

    Raises:
        NothingLeftToSellError: more orders are wanted than there are pieces.
    """
    asks = contextlib.nullcontext() if silence.is_broker_up() else silence.no_nudges()
    with asks:
        pledge = promise.make_pledge(now=wanted.at)
        collection = showcase.make_collection(pledge, at=wanted.opened_at)
        _add_pictured(collection, wanted, progress)
        _add_made_up(collection, wanted, progress)
    # Before the past is told: its orders were shipped, too.
    laid = extras.add_extras(collection)
    if laid:
        progress.say(f"Zones, taxes, vouchers and prices: {laid}")
    with silence.no_nudges():
        _tell_history(collection, pledge, wanted, progress)
        _file_archive(collection, pledge, wanted, progress)
        paid = payouts.pay_out(pledge, now=wanted.at)
        is_closed = closing.close_past(pledge, now=wanted.at)
    if paid:
        progress.say(f"Settlements: {paid}")
    if is_closed:
        progress.say("Periods closed, signed and sealed: 1")


def _add_pictured(collection: Collection, wanted: Wanted, progress: Progress) -> None:
    known = set(collection.items.values_list("slug", flat=True))
    chosen = designs.read_designs()[: wanted.items]
    missing = [design for design in chosen if design.slug not in known]
    if not missing:
        return
    for design in progress.follow("Items with pictures", missing, len(missing)):
        # A day apart, so that the newest come first in a sensible order.
        opened_at = wanted.opened_at + datetime.timedelta(days=design.number)
        stock.add_pictured(collection, design, at=opened_at)


def _add_made_up(collection: Collection, wanted: Wanted, progress: Progress) -> None:
    pictured = len(designs.pictured_slugs())
    first = max(collection.items.count(), pictured) + 1
    if first > wanted.items:
        return
    _render_pictures(progress)
    spare = max(0, wanted.orders - TOLD)
    varied = designs.vary_designs(first, wanted.items, spare=spare)
    total = wanted.items - first + 1
    for chunk in _chunks(progress.follow("Made-up items", varied, total), ITEM_CHUNK):
        stock.add_plain(collection, chunk, at=wanted.opened_at)


def _render_pictures(progress: Progress) -> None:
    """Make the renditions that the made-up items will share."""
    owed = list(ItemImage.objects.unrendered().filter(position=1))
    if owed:
        for picture in progress.follow("Renditions", owed, len(owed)):
            pictures.render_picture(
                owner="item",
                picture_id=picture.pk,
                at=datetime.datetime.now(datetime.UTC),
            )


def _tell_history(
    collection: Collection, pledge: Pledge, wanted: Wanted, progress: Progress
) -> None:
    total = min(wanted.orders, TOLD)
    known = _known_orders()
    if known >= total:
        return
    since = closing.find_open(pledge)
    pasts = [
        history.tell(number, total=total, now=wanted.at, since=since)
        for number in range(known, total)
    ]
    for past in progress.follow("Orders of the past year", pasts, len(pasts)):
        history.replay(collection, past)


def _file_archive(
    collection: Collection, pledge: Pledge, wanted: Wanted, progress: Progress
) -> None:
    known = _known_orders()
    terms = pledges.get_terms(pledge_id=pledge.pk, on=wanted.at.date())
    if known >= wanted.orders or terms is None:
        return
    numbers = range(known, wanted.orders)
    since = closing.find_open(pledge)
    pasts = (
        history.tell(number, total=wanted.orders, now=wanted.at, since=since)
        for number in numbers
    )
    after = 0
    followed = progress.follow("Orders of the archive", pasts, len(numbers))
    for chunk in _chunks(followed, archive.CHUNK):
        after = archive.file_orders(collection, chunk, terms, after=after)


def _known_orders() -> int:
    return Order.objects.filter(email__endswith=f"@{DOMAIN}").count()


def _chunks(rows: Iterable[Row], size: int) -> Iterator[Sequence[Row]]:
    iterator = iter(rows)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk
