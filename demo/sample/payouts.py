"""Pays out what the past set aside: settlements in each state, and a draft."""

import datetime

from django.contrib.auth import get_user_model

from donations.domain import bank
from donations.models import Acknowledgement, Beneficiary, Pledge, Settlement
from donations.services import (
    acknowledgements,
    bank_accounts,
    releases,
    settlements,
)

# Who drafts and who approves: nobody alone pays out money.
OFFICER = "giving.officer"
SECOND = "second.officer"
# The last so late that nothing waits longer than the 90 days of California.
_PAID_BEFORE_DAYS = (150, 58, 48)
_TO_TAKE_EFFECT = datetime.timedelta(days=14)
_TO_APPROVE = datetime.timedelta(hours=20)
_TO_ARRIVE = datetime.timedelta(days=3)
_EVERY = 10_000_000


def pay_out(pledge: Pledge, *, now: datetime.datetime) -> int:
    """Settle the past of a pledge that never settled anything; return how many.

    The first payment is acknowledged, the second comes back and is made again; that
    one still asks its beneficiary, by a mail that the demo shows.
    """
    if Settlement.objects.filter(pledge=pledge).exists():
        return 0
    officer, second = staff(OFFICER), staff(SECOND)
    first, failing, again = (
        now - datetime.timedelta(days=days) for days in _PAID_BEFORE_DAYS
    )
    _record_bank_details(officer, second, first - _TO_TAKE_EFFECT)
    paid = int(_pay(pledge, officer, second, first))
    _acknowledge_all(first + 2 * _TO_ARRIVE)
    _fail(pledge, officer, second, failing)
    paid += _pay(pledge, officer, second, again)
    _draft(pledge, officer, now)
    return paid


def _record_bank_details(officer: int, second: int, at: datetime.datetime) -> None:
    """Let one person propose where the beneficiary is paid, and another confirm it."""
    for beneficiary in Beneficiary.objects.filter(bank_accounts=None):
        account_id = bank_accounts.propose_details(
            beneficiary_id=beneficiary.pk,
            details=bank.BankDetails(
                holder=beneficiary.legal_name,
                currency="USD",
                # The number of a bank in its own examples; the account is made up.
                routing_number="021000021",
                account_number="000000123456",
                bank_name="Fictional Bank",
            ),
            proposed_by_id=officer,
            at=at,
        )
        bank_accounts.decide_details(
            account_id=account_id,
            decided_by_id=second,
            is_confirmed=True,
            at=at + _TO_APPROVE,
        )


def _pay(pledge: Pledge, officer: int, second: int, at: datetime.datetime) -> bool:
    settlement = _approve(pledge, officer, second, at)
    return settlement is not None and settlements.confirm_settlement(
        settlement_id=settlement.pk,
        reference=f"FICTIONAL ACH {at:%Y-%m-%d}",
        at=at + _TO_ARRIVE,
    )


def _fail(pledge: Pledge, officer: int, second: int, at: datetime.datetime) -> None:
    settlement = _approve(pledge, officer, second, at)
    for part in settlement.parts.all() if settlement else ():
        settlements.fail_part(
            part_id=part.pk,
            failed_by_id=officer,
            reason="The bank sent it back: it was closed for a holiday.",
            at=at + _TO_ARRIVE,
        )


def _approve(
    pledge: Pledge, officer: int, second: int, at: datetime.datetime
) -> Settlement | None:
    settlement = _draft(pledge, officer, at)
    if settlement is not None:
        settlements.approve_settlement(
            settlement_id=settlement.pk,
            approved_by_id=second,
            digest=settlement.digest,
            at=at + _TO_APPROVE,
        )
    return settlement


def _acknowledge_all(at: datetime.datetime) -> None:
    for row in Acknowledgement.objects.unanswered():
        acknowledgements.acknowledge(
            token=acknowledgements.make_token(row=row), name="Dana Lee", at=at
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
