"""Bank details of beneficiaries: one person proposes, another confirms, then they wait.

Details take effect `BANK_DETAILS_WAIT_DAYS` after the confirmation, time enough for
the beneficiary to notice. While a proposal is open nothing that would pay the
beneficiary by bank is approved. What is approved already goes to the account that was
approved: money may be on its way there, so a person confirms it or records that it
failed.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from donations.conf import conf
from donations.domain import bank
from donations.models import BankAccount, BankAccountDecision, Beneficiary
from donations.services import refusals

BankDetailsError = bank.BankDetailsError


class SamePersonError(PermissionError):
    """The person who proposed bank details tried to decide them; another one must."""


class AlreadyDecidedError(ValueError):
    """These bank details were confirmed or refused before; propose them anew."""


class DetailsOpenError(ValueError):
    """New bank details are proposed or wait to take effect: nothing is approved.

    Wait, or have another person refuse the proposal; then draft the settlement again.
    """


def propose_details(
    *, beneficiary_id: int, details: bank.BankDetails, proposed_by_id: int, at: datetime
) -> int:
    """Propose where a beneficiary is paid; return the row's id.

    Raises:
        BankDetailsError: a number has wrong check digits, or one is missing.
    """
    checked = bank.normalize(details)
    with transaction.atomic():
        lock_beneficiaries(ids=[beneficiary_id])
        return BankAccount.objects.create(
            beneficiary_id=beneficiary_id,
            holder=checked.holder,
            currency=checked.currency,
            iban=checked.iban,
            account_number=checked.account_number,
            routing_number=checked.routing_number,
            bic=checked.bic,
            bank_name=checked.bank_name,
            proposed_by_id=proposed_by_id,
            proposed_at=at,
        ).pk


def decide_details(
    *, account_id: int, decided_by_id: int, is_confirmed: bool, at: datetime
) -> None:
    """Confirm proposed details, which then wait to take effect, or refuse them.

    Whoever proposed them may take them back, but never confirm them.

    Raises:
        SamePersonError: the person proposed them.
        AlreadyDecidedError: somebody decided before.
    """
    account = BankAccount.objects.get(pk=account_id)
    if is_confirmed and account.proposed_by_id == decided_by_id:
        refusals.log_refusal(
            rule="proposer confirms bank details",
            bank_account=account_id,
            person=decided_by_id,
        )
        raise SamePersonError("the person who proposed it cannot confirm it")
    wait = timedelta(days=conf.BANK_DETAILS_WAIT_DAYS)
    with transaction.atomic():
        lock_beneficiaries(ids=[account.beneficiary_id])
        _, is_first = BankAccountDecision.objects.get_or_create(
            account=account,
            defaults={
                "decided_by_id": decided_by_id,
                "decided_at": at,
                "takes_effect_at": at + wait if is_confirmed else None,
            },
        )
    if not is_first:
        raise AlreadyDecidedError(f"bank details {account_id} are decided")


def read_in_force(
    *, beneficiary_ids: Collection[int], currency: str, at: datetime
) -> dict[int, BankAccount]:
    """Return where each beneficiary is paid in a currency at a moment, by its id.

    That is what took effect last; a beneficiary without any is left out.
    """
    rows = BankAccount.objects.filter(
        beneficiary__in=beneficiary_ids,
        currency=currency,
        decision__takes_effect_at__lte=at,
    ).order_by("decision__takes_effect_at", "pk")
    return {row.beneficiary_id: row for row in rows}


def list_open(
    *, beneficiary_ids: Collection[int], currency: str, at: datetime
) -> QuerySet[BankAccount]:
    """Return details that are proposed, or confirmed and not yet in effect."""
    return BankAccount.objects.filter(
        Q(decision=None) | Q(decision__takes_effect_at__gt=at),
        beneficiary__in=beneficiary_ids,
        currency=currency,
    ).order_by("pk")


def check_settled(
    *, beneficiary_ids: Collection[int], currency: str, at: datetime
) -> None:
    """Refuse while details of one of them are open; in the caller's transaction.

    A proposal that comes at the same moment waits until the transaction is over.

    Raises:
        DetailsOpenError: there are such details.
    """
    lock_beneficiaries(ids=beneficiary_ids)
    found = list_open(beneficiary_ids=beneficiary_ids, currency=currency, at=at).first()
    if found is not None:
        refusals.log_refusal(
            rule="bank details open",
            bank_account=found.pk,
            beneficiary=found.beneficiary_id,
        )
        raise DetailsOpenError(
            f"new bank details of {found.beneficiary} wait, {found}: nothing is paid"
        )


def lock_beneficiaries(*, ids: Collection[int]) -> None:
    """Lock rows of beneficiaries in one order, in the caller's transaction."""
    rows = Beneficiary.objects.filter(pk__in=ids).order_by("pk")
    list(rows.select_for_update().values_list("pk", flat=True))
