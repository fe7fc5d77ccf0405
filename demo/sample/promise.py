"""Makes the sample's promise: cause, beneficiary, pledge, the producer's projects."""

import datetime
from typing import Any

from django.db import transaction

from demo.sample import designs, paperwork
from donations.models import (
    Beneficiary,
    Cause,
    Pledge,
    PledgeShare,
    PledgeVersion,
    Project,
)
from donations.services import publication

DISCLOSURE = (
    "10% of the price of every piece goes to Feeding America for its COVID-19 "
    "Response Fund."
)
_BEFORE = datetime.timedelta(days=352)
_AFTER = datetime.timedelta(days=210)


def make_pledge(*, now: datetime.datetime) -> Pledge:
    """Return the sample's pledge, made and published the first time."""
    data = designs.read_data("pledge.toml")
    known = Pledge.objects.filter(slug=data["slug"]).first()
    if known is not None:
        return known
    with transaction.atomic():
        cause = Cause.objects.create(**_trimmed(data["cause"]))
        pledge = Pledge.objects.create(
            slug=data["slug"], name=data["name"], cause=cause
        )
        version = _draft(pledge, data, now)
        publication.publish_pledge_version(
            pledge_version_id=version.pk, at=now - _BEFORE
        )
        Project.objects.bulk_create(
            Project(position=position, source_note="Sample data", **_trimmed(project))
            for position, project in enumerate(data["projects"], start=1)
        )
    return pledge


def _draft(
    pledge: Pledge, data: dict[str, Any], now: datetime.datetime
) -> PledgeVersion:
    beneficiary = Beneficiary.objects.create(
        status=Beneficiary.Status.ACTIVE, **data["beneficiary"]
    )
    version = PledgeVersion.objects.create(
        pledge=pledge,
        number=1,
        share_bps=data["share_bps"],
        currency="USD",
        starts_on=(now - _BEFORE).date().replace(day=1),
        ends_on=(now + _AFTER).date().replace(day=1) - datetime.timedelta(days=1),
        return_window_days=data["return_window_days"],
        territories=data["territories"],
        disclosure=DISCLOSURE,
    )
    PledgeShare.objects.create(version=version, beneficiary=beneficiary, weight=1)
    paperwork.file_papers(version, beneficiary, data)
    return version


def _trimmed(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.strip() if isinstance(value, str) else value
        for name, value in row.items()
    }
