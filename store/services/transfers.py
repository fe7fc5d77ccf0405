"""Pays beneficiaries from the charges themselves, through Stripe Connect.

A rail of the donations app: one transfer for each line of an instruction, out of the
charge that paid the line, and one out of our balance for what no line explains. Rows
come first, all of an instruction in one transaction; Stripe is asked outside of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import cast

from django.db import transaction
from django.db.models import Sum

from donations.services import rails
from store.conf import conf
from store.domain import transfers as rules
from store.gateways import base as gateways
from store.gateways import connect, limits
from store.gateways import transfers as stripe
from store.models import Dispute, Line, Payment, Transfer
from store.services import orders, transfer_recalls

_CHUNK = 500
# By then the answer to an earlier try may be lost, or its key forgotten (after a day).
_LOOK_FIRST_AFTER = timedelta(minutes=10)
# What Stripe refuses so often is refused for the account's sake, not for a charge's.
_REFUSALS = 3


class StripeRail:
    """Transfers to a beneficiary's own account at Stripe."""

    def prepare(self, *, account: str, currency: str) -> str:
        """Say why the account cannot be paid now; blank when it can (payments.md T1).

        Raises:
            RailUnavailableError: Stripe cannot be asked.
        """
        try:
            ours, theirs = stripe.fetch_own_account(), stripe.fetch_account(account)
        except gateways.UnavailableError as error:
            raise rails.RailUnavailableError(str(error)) from error
        except gateways.GatewayError as error:
            return f"Stripe does not show the account {account}: {error.code}"
        return _find_obstacle(ours, theirs)

    def send(self, *, instruction: rails.Instruction, at: datetime) -> rails.Outcome:
        """Make every transfer of an instruction that is not made yet.

        What Stripe refuses is still owed; the others are made all the same.

        Raises:
            RailUnavailableError: Stripe cannot be asked.
        """
        _plan(instruction, at)
        refusals: list[str] = []
        for transfer in _list_unsent(instruction):
            try:
                _send(transfer, at)
            except gateways.UnavailableError as error:
                raise rails.RailUnavailableError(str(error)) from error
            except gateways.GatewayError as error:
                refusals.append(error.code or type(error).__name__)
            if len(refusals) == _REFUSALS:
                break
        if refusals:
            return rails.Outcome(
                is_paid=False, problem=f"Stripe refused a transfer: {refusals[0]}"
            )
        return rails.Outcome(is_paid=True, reference=_name(instruction))

    def withdraw(self, *, instruction: rails.Instruction, at: datetime) -> int:
        """Forget transfers of which none was made; return what was made otherwise.

        Stripe is asked for each whose answer may be lost.

        Raises:
            RailUnavailableError: Stripe cannot be asked.
        """
        try:
            for transfer in _list_unsent(instruction):
                made = _find_made(transfer)
                if made:
                    _record(transfer, made, at)
        except gateways.GatewayError as error:
            raise rails.RailUnavailableError(str(error)) from error
        rows = Transfer.objects.filter(instruction_key=instruction.key)
        moved = rows.sent().aggregate(total=Sum("amount"))["total"] or 0
        if not moved:
            # Their charges have room again, for whoever pays it anew.
            rows.delete()
        return moved

    def list_evidence(
        self, *, instruction: rails.Instruction
    ) -> Iterator[rails.Evidence]:
        """Yield the transfers that were made, by Stripe's names, in bounded memory."""
        made = Transfer.objects.sent().filter(instruction_key=instruction.key)
        rows = made.order_by("pk").values_list("gateway_id", "amount", "sent_at")
        for reference, amount, moved_at in rows.iterator(chunk_size=_CHUNK):
            yield rails.Evidence(str(reference), amount, cast(datetime, moved_at))


def _find_obstacle(ours: connect.Account, theirs: connect.Account) -> str:
    if not theirs.is_taking_transfers:
        return f"{theirs.id} may not receive transfers yet"
    if not theirs.is_paying_out:
        return f"Stripe has stopped payouts to the bank of {theirs.id}"
    arranged = conf.TRANSFER_COUNTRIES
    if rules.is_reachable(home=ours.country, country=theirs.country, arranged=arranged):
        return ""
    return f"Stripe sends nothing from {ours.country} to {theirs.country}"


def _plan(instruction: rails.Instruction, at: datetime) -> None:
    """Write the rows of an instruction; who comes second finds them."""
    with transaction.atomic():
        # First the row without a line: of two processes one writes it, and the other
        # waits until all of them are there.
        rest, is_mine = Transfer.objects.get_or_create(
            instruction_key=instruction.key,
            source="",
            defaults={**_fields(instruction, at), "amount": 0},
        )
        if not is_mine:
            return
        left = instruction.amount
        lines = rails.list_lines(instruction=instruction)
        while chunk := list(islice(lines, _CHUNK)):
            left -= _plan_chunk(instruction, chunk, left, at)
        Transfer.objects.filter(pk=rest.pk).update(amount=left)


def _plan_chunk(
    instruction: rails.Instruction,
    lines: Sequence[rails.InstructionLine],
    left: int,
    at: datetime,
) -> int:
    """Write a row for each line while something is left; return what they come to."""
    payments = _find_payments(lines)
    rooms = _find_rooms(payments.values())
    step, planned = limits.step_of(instruction.currency), 0
    rows: list[Transfer] = []
    for line in lines:
        payment = payments.get(line.source)
        if payment is None:
            continue
        amount = rules.allot(
            wanted=line.amount,
            left_amount=left - planned,
            room_amount=rooms[payment.pk],
            step=step,
        )
        if amount:
            planned += amount
            rooms[payment.pk] -= amount
            fields = _fields(instruction, at, source=line.source)
            rows.append(Transfer(**fields, payment=payment, amount=amount))
    Transfer.objects.bulk_create(rows)
    return planned


def _fields(
    instruction: rails.Instruction, at: datetime, source: str = ""
) -> dict[str, object]:
    return {
        "instruction_key": instruction.key,
        "source": source,
        "beneficiary_id": instruction.beneficiary_id,
        "account_id": instruction.account,
        "currency": instruction.currency,
        "idempotency_key": _key(instruction.key, source),
        "created_at": at,
    }


def _find_payments(lines: Sequence[rails.InstructionLine]) -> dict[str, Payment]:
    """Return the charge that paid each line, by source."""
    uuids = {line.source.partition(":")[2]: line.source for line in lines}
    orders = dict(Line.objects.filter(uuid__in=uuids).values_list("uuid", "order_id"))
    counted = Payment.objects.filter(order__in=set(orders.values()), is_counted=True)
    payments = {payment.order_id: payment for payment in counted.exclude(charge_id="")}
    return {
        uuids[str(uuid)]: payments[order_id]
        for uuid, order_id in orders.items()
        if order_id in payments
    }


def _find_rooms(payments: Iterable[Payment]) -> dict[int, int]:
    """Return what is left of each charge: kept, and not sent on (payments.md T2).

    What was taken back makes no new room, lest Stripe see it like that.
    """
    found = {payment.pk: payment for payment in payments}
    sent = Transfer.objects.filter(payment__in=found).values_list("payment")
    totals: dict[int, int] = dict(sent.annotate(Sum("amount")).order_by())
    lost = Dispute.objects.closed().filter(payment__in=found).values_list("payment")
    losses: dict[int, int] = dict(lost.annotate(Sum("withdrawn_amount")).order_by())
    return {
        pk: payment.refundable_amount - losses.get(pk, 0) - totals.get(pk, 0)
        for pk, payment in found.items()
    }


def _list_unsent(instruction: rails.Instruction) -> Iterable[Transfer]:
    """Return what is still to be made, in the order in which it was planned."""
    unsent = Transfer.objects.unsent().filter(instruction_key=instruction.key)
    return unsent.select_related("payment__order").order_by("pk").iterator(_CHUNK)


def _send(transfer: Transfer, at: datetime) -> None:
    """Make one transfer, or find the one that was made (payments.md T2).

    A sale that fell meanwhile gives less than it was planned to: that is taken back.
    """
    made = _find_made(transfer) if _is_known_there(transfer, at) else None
    try:
        made = made or stripe.send_transfer(_request(transfer))
    except gateways.DeclinedError:
        _renew_key(transfer)
        raise
    _record(transfer, made, at)


def _record(transfer: Transfer, made: connect.TransferResult, at: datetime) -> None:
    with transaction.atomic():
        if transfer.payment:
            orders.lock_order(pk=transfer.payment.order_id)
        claimed = Transfer.objects.unsent().filter(pk=transfer.pk)
        if claimed.update(gateway_id=made.id, sent_at=at) and transfer.payment:
            transfer_recalls.owe_recalls(payment=transfer.payment, at=at)


def _is_known_there(transfer: Transfer, at: datetime) -> bool:
    return bool(transfer.refusals) or at - transfer.created_at > _LOOK_FIRST_AFTER


def _renew_key(transfer: Transfer) -> None:
    """Take another key: under the old one Stripe would only repeat its refusal."""
    refusals = transfer.refusals + 1
    key = f"{_key(transfer.instruction_key, transfer.source)}-{refusals}"
    Transfer.objects.filter(pk=transfer.pk, refusals=transfer.refusals).update(
        refusals=refusals, idempotency_key=key
    )


def _key(instruction_key: str, source: str) -> str:
    """Return the first key of a line's transfer, from the ledger's own batch."""
    return f"transfer-{instruction_key}-{source or 'rest'}"


def _find_made(transfer: Transfer) -> connect.TransferResult | None:
    found = stripe.find_transfers(_group(transfer))
    mine = (one for one in found if one.reference == str(transfer.uuid))
    return next(mine, None)


def _request(transfer: Transfer) -> connect.TransferRequest:
    payment = transfer.payment
    return connect.TransferRequest(
        idempotency_key=transfer.idempotency_key,
        account_id=transfer.account_id,
        amount=transfer.amount,
        currency=transfer.currency,
        charge_id=payment.charge_id if payment else "",
        group=_group(transfer),
        order=str(payment.order.uuid) if payment else "",
        reference=str(transfer.uuid),
    )


def _group(transfer: Transfer) -> str:
    """Return the order's name; what belongs to no order goes by its instruction."""
    payment = transfer.payment
    return str(payment.order.uuid) if payment else transfer.instruction_key


def _name(instruction: rails.Instruction) -> str:
    """Name a payment by its first transfer, and say how many there were."""
    sent = (
        Transfer.objects.sent().filter(instruction_key=instruction.key).order_by("pk")
    )
    more = sent.count() - 1
    first = sent.values_list("gateway_id", flat=True).first()
    return f"{first} and {more} more" if more else str(first)
