"""Lets everything come to its end, compares all the books, and prints one table."""

import collections
from contextlib import suppress

from django.db import connection
from django.utils import timezone

from store.models import Difference, WebhookEvent
from store.services.reconciliation import actions
from tests.bench.soak.accidents import HOUR, Accidents
from tests.bench.soak.house import House
from tests.bench.soak.people import REFUSALS, People
from tests.journeys import auditor

# Bank debits take four days; what failed often waits long for its next try.
ROUNDS = 6
MORE_ROUNDS = 6
NAP_SECONDS = 660
SHOWN = ("orders", "payments", "refunds", "disputes", "mails", "donations")


def come_to_an_end(people: People, accidents: Accidents) -> None:
    """Let days and nights pass until nothing is left to do, or it never ends."""
    accidents.stop()
    connection.close()
    for number in range(ROUNDS + MORE_ROUNDS):
        people.close_all_disputes()
        accidents.compare_at_night()
        for seconds in (20 * HOUR if number < ROUNDS else HOUR, NAP_SECONDS):
            accidents.let_pass(seconds)
            _sweep_out(accidents)
        if number >= ROUNDS - 1 and not count_unfinished(accidents.house):
            return


def _sweep_out(accidents: Accidents) -> None:
    """Sweep as often as that helps, as beat does every minute of a day.

    A sweep acts on so many events only, and thousands of nudges may be lost at once.
    """
    before = None
    while before is None or 0 < _count_waiting() < before:
        before = _count_waiting()
        accidents.sweep()
        accidents.wait_until_idle()


def _count_waiting() -> int:
    return WebhookEvent.objects.ready(timezone.now()).count()


def compare(house: House) -> list[str]:
    """Return every difference that is left after staff did what only staff does."""
    found = [f"before reconciling: {one}" for one in _tell(_look_before(house))]
    for _ in range(2):
        house.run_command("reconcile", "--since=60d")
        _resolve()
    last = house.run_command("reconcile", "--since=60d", "--verbosity=0")
    audit = house.run_command("audit_ledger")
    for said in (last, audit):
        if said.returncode:
            found += [line for line in (said.stdout + said.stderr).splitlines() if line]
    broken = auditor.find_broken(house.stripe) | auditor.find_open_ends(house.stripe)
    return found + _tell(broken)


def _look_before(house: House) -> dict[str, object]:
    """Return what sweeps and nights alone should have brought to its end."""
    left = count_unfinished(house)
    return auditor.find_broken(house.stripe) | ({"unfinished": left} if left else {})


def count_unfinished(house: House) -> object:
    """Return what somebody still has to do, by kind; nothing when there is none."""
    return auditor.find_open_ends(house.stripe).get("unfinished")


def _resolve() -> None:
    """Do about each difference what the admin offers."""
    for difference in Difference.objects.open():
        with suppress(actions.NoActionError, *REFUSALS):
            actions.act(difference_id=difference.pk, by_id=None, at=timezone.now())


def _tell(found: dict[str, object]) -> list[str]:
    return [f"{name}: {faults}" for name, faults in found.items()]


def show(
    house: House, differences: list[str], accidents: collections.Counter[str]
) -> None:
    """Print the table, and below it every difference."""
    counts = auditor.count_rows(house.stripe)
    rows = {name: counts[name] for name in SHOWN}
    for name, count in (rows | {"differences": len(differences)}).items():
        print(f"  {name:<22}{count:>8,}")
    for name, count in sorted(accidents.items()):
        print(f"  ({name:<20}{count:>8,})")
    for difference in differences:
        print(f"Difference: {difference[:2000]}")
