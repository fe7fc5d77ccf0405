"""Asks beneficiaries whether payments arrived, by a link that works once.

The link's token follows from the row's UUID and the host's secret key, so that a mail
that is sent again carries the same link; only its digest is stored. Who has the link
needs no account. The row is the message: a task is only a nudge.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from django.db import transaction
from django.utils.crypto import salted_hmac

from donations import enqueue, signals
from donations.domain import money
from donations.models import Acknowledgement, SettlementPart
from donations.services import refusals, settlement_moves, settlement_progress

_SALT = "donations.acknowledgement"
_NAME_LENGTH, _REASON_LENGTH = 120, 1000
_ANSWERS = Acknowledgement.Answer


class LinkUnknownError(LookupError):
    """Nobody was sent this link; it was cut short, or made up."""


class LinkUsedError(ValueError):
    """The link was used before: each works once.

    Ask the merchant for another one to say something else.
    """


class AnswerIncompleteError(ValueError):
    """An answer has no name of a person, or a dispute no reason."""


class NotAskableError(ValueError):
    """The part is not paid, or its beneficiary has acknowledged it already."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a beneficiary is asked about: one part that was paid."""

    part_id: int
    beneficiary_name: str
    pledge_name: str
    amount: money.Money
    reference: str
    paid_at: datetime


def ask(*, part_ids: Iterable[int], at: datetime) -> None:
    """Owe each part's beneficiary a mail with the link, and ask a worker for it.

    The caller holds the transaction in which the parts are paid.
    """
    rows = [Acknowledgement(part_id=pk) for pk in part_ids]
    for row in rows:
        row.created_at = row.next_try_at = at
        row.token_digest = _digest(make_token(row=row))
    created = Acknowledgement.objects.bulk_create(rows)
    enqueue.ask_beneficiaries([row.pk for row in created])


def ask_again(*, part_id: int, at: datetime) -> None:
    """Send the open link again; after a dispute, a new one.

    Raises:
        NotAskableError: there is nothing to ask.
    """
    with transaction.atomic():
        part = SettlementPart.objects.select_for_update().get(pk=part_id)
        if part.paid_at is None or part.acknowledged_at is not None:
            raise NotAskableError(f"part {part_id} has nothing to acknowledge")
        waiting = part.acknowledgements.unanswered()
        if waiting.update(sent_at=None, tries=0, next_try_at=at, problem=""):
            enqueue.ask_beneficiaries(list(waiting.values_list("pk", flat=True)))
        else:
            ask(part_ids=[part_id], at=at)


def read_question(*, token: str) -> Question:
    """Return what the holder of a link is asked; reading it changes nothing.

    Raises:
        LinkUnknownError: nobody was sent this link.
        LinkUsedError: it was used before.
    """
    part = _find_open(token).part
    return Question(
        part_id=part.pk,
        beneficiary_name=part.beneficiary.legal_name,
        pledge_name=part.settlement.pledge.name,
        amount=money.Money(part.amount, part.settlement.currency),
        reference=part.reference,
        paid_at=part.paid_at or part.settlement.drafted_at,
    )


def find_part(*, token: str) -> SettlementPart:
    """Return the part that a link is about, for its remittance advice.

    Raises:
        LinkUnknownError: nobody was sent this link.
        LinkUsedError: it was used before.
    """
    return _find_open(token).part


def acknowledge(*, token: str, name: str, at: datetime) -> None:
    """Record that the beneficiary has the money; `name` is the person's who says so.

    When all parts of a settlement that were paid are acknowledged, so is it.

    Raises:
        LinkUnknownError: nobody was sent this link.
        LinkUsedError: it was used before.
        AnswerIncompleteError: the name is missing.
    """
    row = _find_open(token)
    with transaction.atomic():
        settlement = settlement_moves.lock_settlement(
            settlement_id=row.part.settlement_id
        )
        _answer(row, _ANSWERS.ACKNOWLEDGED, name, "", at)
        SettlementPart.objects.filter(pk=row.part_id).update(acknowledged_at=at)
        settlement_progress.follow_parts(settlement=settlement, at=at)
        signals.announce(signals.part_acknowledged, "part_id", [row.part_id])


def dispute(*, token: str, name: str, reason: str, at: datetime) -> None:
    """Record what the beneficiary says is wrong, for a person to look at.

    Raises:
        LinkUnknownError: nobody was sent this link.
        LinkUsedError: it was used before.
        AnswerIncompleteError: the name or the reason is missing.
    """
    row = _find_open(token)
    if not reason.strip():
        raise AnswerIncompleteError("a dispute needs a reason")
    with transaction.atomic():
        _answer(row, _ANSWERS.DISPUTED, name, reason.strip(), at)
        signals.announce(signals.part_disputed, "part_id", [row.part_id])


def make_token(*, row: Acknowledgement) -> str:
    """Return the token of a row's link: 256 bits that only the secret key can make."""
    return salted_hmac(_SALT, str(row.uuid), algorithm="sha256").hexdigest()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _find_open(token: str) -> Acknowledgement:
    rows = Acknowledgement.objects.select_related(
        "part__settlement__pledge", "part__beneficiary"
    )
    row = rows.filter(token_digest=_digest(token)).first()
    if row is None:
        raise LinkUnknownError("no such link")
    if row.answer:
        _refuse_used(row)
    return row


def _answer(
    row: Acknowledgement, answer: str, name: str, reason: str, at: datetime
) -> None:
    if not name.strip():
        raise AnswerIncompleteError("an answer needs the name of a person")
    answered = Acknowledgement.objects.unanswered().filter(pk=row.pk)
    # Of two who answer at once, one does.
    if not answered.update(
        answer=answer,
        answered_by=name.strip()[:_NAME_LENGTH],
        reason=reason[:_REASON_LENGTH],
        answered_at=at,
    ):
        _refuse_used(row)


def _refuse_used(row: Acknowledgement) -> NoReturn:
    refusals.log_refusal(
        rule="link used again", acknowledgement=row.pk, part=row.part_id
    )
    raise LinkUsedError("this link was used before")
