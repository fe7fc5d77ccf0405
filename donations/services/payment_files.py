"""The file that a person hands to the bank: a SEPA transfer for each part by bank.

It names its payments by the settlement, so a bank that is given it twice takes it
once. Only parts in euros with an IBAN on record are in it; others are paid by hand.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from donations.conf import conf
from donations.domain import money, sepa
from donations.domain.donation import SettlementStatus
from donations.models import Settlement, SettlementPart
from donations.services import bank_accounts, rails

_EURO = "EUR"


class PaymentFileError(ValueError):
    """There is no payment file of this settlement; the message says why."""


def write_payment_file(*, settlement_id: int, at: datetime) -> bytes:
    """Return the pain.001.001.09 file of what is approved and not paid yet.

    Raises:
        PaymentFileError: nothing can be paid by it, or not now.
    """
    settlement = Settlement.objects.select_related("pledge").get(pk=settlement_id)
    parts = _list_parts(settlement)
    problem = _find_problem(settlement, parts, at)
    if problem:
        raise PaymentFileError(problem)
    file = sepa.PaymentFile(
        key=settlement.uuid.hex,
        payer=sepa.Party(conf.MERCHANT_NAME, conf.SEPA_IBAN, conf.SEPA_BIC),
        transfers=[_build_transfer(settlement, part) for part in parts],
        created_at=settlement.approved_at or at,
        wanted_on=timezone.localtime(at).date(),
    )
    try:
        return sepa.write(file)
    except sepa.SepaError as error:
        raise PaymentFileError(str(error)) from error


def _list_parts(settlement: Settlement) -> Sequence[SettlementPart]:
    by_bank = settlement.parts.open().filter(rail=rails.BANK)
    with_iban = by_bank.exclude(bank_account=None).exclude(bank_account__iban="")
    return list(with_iban.select_related("bank_account").order_by("pk"))


def _find_problem(
    settlement: Settlement, parts: Sequence[SettlementPart], at: datetime
) -> str:
    if settlement.status != SettlementStatus.APPROVED:
        return f"the settlement is {settlement.status}, not approved"
    if settlement.currency != _EURO:
        return f"SEPA moves euros, not {settlement.currency}"
    if not conf.SEPA_IBAN:
        return 'DONATIONS["SEPA_IBAN"] does not say which account pays'
    if not parts:
        return "no part of it waits that has an IBAN on record"
    waiting = bank_accounts.list_open(
        beneficiary_ids=[part.beneficiary_id for part in parts],
        currency=settlement.currency,
        at=at,
    ).first()
    if waiting is not None:
        return f"new bank details are proposed, {waiting}: ask before you pay"
    return ""


def _build_transfer(settlement: Settlement, part: SettlementPart) -> sepa.Transfer:
    # Approved parts by bank without details are not in the list.
    details = part.bank_account.details  # type: ignore[union-attr]
    return sepa.Transfer(
        # The part's own number, so that no two transfers share a key.
        key=f"{settlement.uuid.hex[:20]}-{part.pk}",
        to=sepa.Party(details.holder, details.iban, details.bic),
        amount=money.Money(part.amount, settlement.currency),
        text=f"{settlement.pledge.name} {settlement.uuid}",
    )
