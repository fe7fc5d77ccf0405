"""Lists what pledges owe to the law and to their contracts, day by day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext

from donations.domain import icalendar, statute, territory
from donations.models import Contract, Filing, PledgeVersion
from donations.services import paperwork


@dataclass(frozen=True, slots=True)
class DatedDuty:
    """One thing that is due on a day, and what became of it."""

    uid: str
    on: date
    pledge: str
    place: str
    title: str
    text: str
    source: str = ""
    is_confirmed: bool = True
    filing: Filing | None = None
    is_filing: bool = False

    def is_open(self, today: date) -> bool:
        """Tell whether it is still to be done: a filing without a record, or ahead."""
        return self.filing is None if self.is_filing else self.on >= today


def list_duties() -> list[DatedDuty]:
    """Return the duties of all drafts and current pledges, earliest first.

    Versions that rest on one contract owe its duties once.
    """
    versions = (
        PledgeVersion.objects.filter(Q(is_current=True) | Q(published_at__isnull=True))
        .select_related("pledge", "contract")
        .order_by("pk")
    )
    found = {duty.uid: duty for row in versions for duty in _list_of_version(row)}
    return sorted(found.values(), key=lambda duty: (duty.on, duty.uid))


def write_calendar(*, at: datetime) -> str:
    """Return the duties as an iCalendar file."""
    events = [
        icalendar.Event(
            uid=f"{duty.uid}@goodcarat",
            on=duty.on,
            title=f"{duty.pledge}: {duty.title} ({duty.place})",
            text="\n".join(part for part in (duty.text, duty.source) if part),
        )
        for duty in list_duties()
    ]
    return icalendar.write_calendar(name=gettext("Pledges"), events=events, at=at)


def _list_of_version(version: PledgeVersion) -> Iterator[DatedDuty]:
    contract = version.contract
    days, owner = contract or version, f"version-{version.pk}"
    standings: dict[str, Filing] = {}
    if contract is not None:
        owner = f"contract-{contract.pk}"
        standings = paperwork.list_standings(contract=contract)
        yield from _list_of_contract(version, contract)
    for rule in statute.list_rules(version.territories):
        for day in statute.list_due_days(
            rule, first_day=days.starts_on, last_day=days.ends_on
        ):
            yield DatedDuty(
                uid=f"{owner}-{rule.code}-{day}",
                on=day,
                pledge=str(version.pledge),
                place=territory.name_territory(rule.territory),
                title=rule.title,
                text=rule.text,
                source=rule.source,
                is_confirmed=rule.is_confirmed,
                filing=standings.get(rule.code),
                is_filing=rule.duty == statute.Duty.FILING,
            )


def _list_of_contract(
    version: PledgeVersion, contract: Contract
) -> Iterator[DatedDuty]:
    owed = (
        (contract.final_accounting_on, "final accounting", contract.final_accounting),
        (contract.payment_on, "last payment", contract.payment_manner),
    )
    for day, name, text in owed:
        yield DatedDuty(
            uid=f"contract-{contract.pk}-{name.replace(' ', '-')}-{day}",
            on=day,
            pledge=str(version.pledge),
            place=gettext("contract %(reference)s") % {"reference": contract},
            title=name.capitalize(),
            text=text,
        )
