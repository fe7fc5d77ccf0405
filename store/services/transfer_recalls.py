"""Takes back what was sent on for a sale that gives less by now (payments.md T3).

A refund leaves Stripe's transfers alone, so this is our own act: the row first, then
Stripe under the row's key. At most the beneficiary's debt is taken back: what a later
settlement has netted is paid.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import F, QuerySet

from donations.services import recalls
from store import enqueue
from store.domain import patience
from store.gateways import base as gateways
from store.gateways import connect
from store.gateways import transfers as stripe
from store.models import Payment, Transfer, TransferRecall
from store.services import orders

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(days=1)
_PROBLEM_LENGTH = 200


def owe_recalls(*, payment: Payment, at: datetime) -> None:
    """Record what must come back of a payment's transfers, and ask a worker for it.

    The caller holds the order's lock and the transaction in which donations or
    transfers changed. One recall of a transfer is on its way at a time.
    """
    sent = list(Transfer.objects.sent().filter(payment=payment).order_by("pk"))
    if not sent:
        return
    given = recalls.read_given(sources={transfer.source for transfer in sent})
    busy = set(_list_due().filter(transfer__in=sent).values_list("transfer", flat=True))
    for transfer in sent:
        amount = _count_owed(transfer, given)
        if amount and transfer.pk not in busy:
            _owe(transfer, amount, at)


def make_recall(*, recall_id: int, at: datetime) -> None:
    """Take money back at Stripe under the stored key, and post that it came.

    A recall that was made, or that nobody owes any more, is left alone. Without
    balance there the debt stays in the ledger, and this waits for its next turn.

    Raises:
        GatewayError: Stripe refused or cannot be reached; it stays due.
    """
    due = _list_due().select_related("transfer__payment__order")
    recall = due.filter(pk=recall_id).first()
    if recall is None:
        return
    _step_back(recall, at)
    recall.refresh_from_db(fields=["tries"])
    # Asked before, it may be made: the answer was lost, or Stripe forgot the key.
    made = _find_made(recall) if recall.tries > 1 else None
    if made is None and not _is_owed(recall):
        _replace(recall, at)
        return
    try:
        made = made or stripe.reverse_transfer(_request(recall))
    except gateways.DeclinedError as error:
        _note_refusal(recall, error)
        raise
    _apply(recall, made, at)


def find_due(*, older_than: datetime, limit: int) -> list[int]:
    """List recalls left behind, the one whose turn came first first."""
    waiting = _list_due().filter(next_try_at__lte=older_than)
    in_turn = waiting.order_by("next_try_at", "pk")
    return list(in_turn.values_list("pk", flat=True)[:limit])


def _list_due() -> QuerySet[TransferRecall]:
    return TransferRecall.objects.filter(made_at=None, is_dropped=False)


def _count_owed(transfer: Transfer, given: Mapping[tuple[str, int], int]) -> int:
    """Return what went out above what the donation gives now, at most the debt.

    A donation is in one settlement, so one transfer pays a beneficiary for it.
    """
    whose = (transfer.source, transfer.beneficiary_id)
    excess = transfer.amount - transfer.reversed_amount - given[whose]
    if excess <= 0:
        return 0
    source, beneficiary_id = whose
    return min(excess, recalls.read_debt(source=source, beneficiary_id=beneficiary_id))


def _owe(transfer: Transfer, amount: int, at: datetime) -> None:
    number = transfer.recalls.count() + 1
    recall = TransferRecall.objects.create(
        transfer=transfer,
        number=number,
        amount=amount,
        idempotency_key=_key(transfer, number),
        next_try_at=at,
        created_at=at,
    )
    enqueue.enqueue("store.make_recall", recall_id=recall.pk)


def _step_back(recall: TransferRecall, at: datetime) -> None:
    wait = patience.wait_after(
        tries=recall.tries, first=_FIRST_WAIT, longest=_LONGEST_WAIT
    )
    TransferRecall.objects.filter(pk=recall.pk).update(
        tries=F("tries") + 1, next_try_at=at + wait
    )


def _is_owed(recall: TransferRecall) -> bool:
    """Tell whether all of it must still come back."""
    given = recalls.read_given(sources=[recall.transfer.source])
    return _count_owed(recall.transfer, given) >= recall.amount


def _replace(recall: TransferRecall, at: datetime) -> None:
    """Give up a recall that is too large by now; a smaller one may take its place."""
    with transaction.atomic():
        orders.lock_order(pk=_payment(recall).order_id)
        _list_due().filter(pk=recall.pk).update(is_dropped=True)
        owe_recalls(payment=_payment(recall), at=at)


def _note_refusal(recall: TransferRecall, error: gateways.DeclinedError) -> None:
    """Write the refusal down and take another key: the old one would repeat it."""
    TransferRecall.objects.filter(pk=recall.pk).update(
        problem=(error.code or type(error).__name__)[:_PROBLEM_LENGTH],
        idempotency_key=f"{_key(recall.transfer, recall.number)}-{recall.tries}",
    )


def _key(transfer: Transfer, number: int) -> str:
    return f"recall-{transfer.uuid}-{number}"


def _payment(recall: TransferRecall) -> Payment:
    """Return whose charge was sent on; what came from our balance stays away."""
    return cast(Payment, recall.transfer.payment)


def _find_made(recall: TransferRecall) -> connect.RecallResult | None:
    found = stripe.find_recalls(str(recall.transfer.gateway_id))
    return next((one for one in found if one.reference == str(recall.uuid)), None)


def _request(recall: TransferRecall) -> connect.RecallRequest:
    transfer = recall.transfer
    return connect.RecallRequest(
        idempotency_key=recall.idempotency_key,
        transfer_id=str(transfer.gateway_id),
        amount=recall.amount,
        currency=transfer.currency,
        order=str(_payment(recall).order.uuid),
        reference=str(recall.uuid),
    )


def _apply(recall: TransferRecall, made: connect.RecallResult, at: datetime) -> None:
    transfer = recall.transfer
    with transaction.atomic():
        orders.lock_order(pk=_payment(recall).order_id)
        claimed = _list_due().filter(pk=recall.pk)
        if not claimed.update(gateway_id=made.id, made_at=at, problem=""):
            return
        Transfer.objects.filter(pk=transfer.pk).update(
            reversed_amount=F("reversed_amount") + made.amount
        )
        recalls.record_recall(
            source=transfer.source,
            beneficiary_id=transfer.beneficiary_id,
            amount=made.amount,
            reference=made.id,
            key=_key(transfer, recall.number),
            at=at,
        )
        # More may have come to be owed while this one was on its way.
        owe_recalls(payment=_payment(recall), at=at)
