"""Pays out what the past set aside: two settlements, and a draft that waits."""

import datetime

from django.contrib.auth import get_user_model

from donations.models import Pledge, Settlement
from donations.services import releases, settlements

# Who drafts and who approves: nobody alone pays out money.
OFFICER = "giving.officer"
SECOND = "second.officer"
_PAID_BEFORE_DAYS = (190, 95)
_TO_APPROVE = datetime.timedelta(hours=20)
_TO_ARRIVE = datetime.timedelta(days=3)
_EVERY = 10_000_000


def pay_out(pledge: Pledge, *, now: datetime.datetime) -> int:
    """Settle the past of a pledge that never settled anything; return how many."""
    if Settlement.objects.filter(pledge=pledge).exists():
        return 0
    officer, second = staff(OFFICER), staff(SECOND)
    paid = 0
    for days in _PAID_BEFORE_DAYS:
        at = now - datetime.timedelta(days=days)
        paid += _pay(pledge, officer, second, at)
    _draft(pledge, officer, now)
    return paid


def _pay(pledge: Pledge, officer: int, second: int, at: datetime.datetime) -> bool:
    settlement = _draft(pledge, officer, at)
    if settlement is None:
        return False
    settlements.approve_settlement(
        settlement_id=settlement.pk,
        approved_by_id=second,
        digest=settlement.digest,
        at=at + _TO_APPROVE,
    )
    return settlements.confirm_settlement(
        settlement_id=settlement.pk,
        reference=f"FICTIONAL ACH {at:%Y-%m-%d}",
        at=at + _TO_ARRIVE,
    )


def _draft(pledge: Pledge, officer: int, at: datetime.datetime) -> Settlement | None:
    """Draft what is payable then; None when the sample is too small to owe anything."""
    releases.release_due(limit=_EVERY, at=at)
    try:
        pk = settlements.draft_settlement(
            pledge_id=pledge.pk, drafted_by_id=officer, at=at
        )
    except settlements.NothingToSettleError:
        return None
    return Settlement.objects.get(pk=pk)


def staff(username: str) -> int:
    """Return a person of the staff who cannot log in: the sample has one login."""
    person, is_new = get_user_model().objects.get_or_create(
        username=username, defaults={"is_staff": True}
    )
    if is_new:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    return int(person.pk)
