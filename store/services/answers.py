"""Answer a writing call once for each idempotency key of its caller.

Note: once in effect. The key is claimed by inserting a row, committed before the work
begins, so of any number of calls at once one works. An act that only writes here is
done in the transaction that keeps its answer: a crash leaves neither. One that calls
Stripe cannot be; it must be safe to repeat by itself, as a checkout is.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from store.models import StoredAnswer

# Longer than the slowest act: a call to Stripe with its repeats ends within a minute.
DEAD_AFTER = timedelta(minutes=1)
# Nobody repeats a call after a day; Stripe forgets its keys then, too.
KEPT_FOR = timedelta(hours=24)
_FIRST_UNKEPT_STATUS = 500


class KeyReusedError(Exception):
    """The key was used for another request; take a new key for each new request."""


class InFlightError(Exception):
    """The first call with this key is still at work; ask again in a moment."""


class _FailedError(Exception):
    """Carries an answer that is not kept out of the transaction it ends."""

    def __init__(self, answer: "Answer") -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call is answered: an HTTP status and the text of the body."""

    status: int
    body: str
    is_repeated: bool = False


def answer_once(
    *,
    scope: str,
    key: str,
    digest: str,
    at: datetime,
    act: Callable[[], Answer],
    is_atomic: bool = False,
) -> Answer:
    """Return what `act` answers, or what it answered the first call with this key.

    An answer of 500 or more, and an act that raises, leave the key free. With
    `is_atomic` the act and its answer are one transaction, which such an end rolls
    back; without, the act must be safe to repeat. After a minute without an answer
    the first call counts as dead and the next one does the work.

    Raises:
        KeyReusedError: the key was used with another `digest`.
        InFlightError: the first call is at work, or was overtaken.
    """
    claim, is_new = _claim(scope, key, digest, at)
    if claim.digest != digest:
        raise KeyReusedError(key)
    if claim.status is not None:
        return Answer(claim.status, claim.body, is_repeated=True)
    if not is_new:
        _take_over(claim, at)
    return _work(claim, act, is_atomic=is_atomic)


def forget_answers(*, at: datetime) -> int:
    """Forget the answers that nobody asks for any more, and count them."""
    old = StoredAnswer.objects.filter(created_at__lt=at - KEPT_FOR)
    forgotten, _ = old.delete()
    return forgotten


def _claim(
    scope: str, key: str, digest: str, at: datetime
) -> tuple[StoredAnswer, bool]:
    # Durable: inside somebody's transaction the claim would be seen by nobody.
    with transaction.atomic(durable=True):
        return StoredAnswer.objects.get_or_create(
            scope=scope, key=key, defaults={"digest": digest, "created_at": at}
        )


def _take_over(claim: StoredAnswer, at: datetime) -> None:
    """Make a dead call's claim ours; only one of many can."""
    is_dead = claim.created_at <= at - DEAD_AFTER
    if not (is_dead and _ours(claim).update(created_at=at)):
        raise InFlightError(claim.key)
    claim.created_at = at


def _work(claim: StoredAnswer, act: Callable[[], Answer], *, is_atomic: bool) -> Answer:
    try:
        with transaction.atomic() if is_atomic else contextlib.nullcontext():
            answer = act()
            _keep(claim, answer)
            return answer
    except _FailedError as failed:
        _ours(claim).delete()
        return failed.answer
    except Exception:
        _ours(claim).delete()
        raise


def _keep(claim: StoredAnswer, answer: Answer) -> None:
    if answer.status >= _FIRST_UNKEPT_STATUS:
        raise _FailedError(answer)
    # A claim that was taken over meanwhile is not ours any more: undo, do not answer.
    if not _ours(claim).update(status=answer.status, body=answer.body):
        raise InFlightError(claim.key)


def _ours(claim: StoredAnswer) -> QuerySet[StoredAnswer]:
    """Return the claim's row for as long as this call holds it, unanswered."""
    return StoredAnswer.objects.filter(
        pk=claim.pk, status=None, created_at=claim.created_at
    )
