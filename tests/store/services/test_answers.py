"""Idempotency keys of our own API: one act for a key, and the same answer again."""

import contextlib
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from store.models import Cart, StoredAnswer
from store.services import answers
from tests.journeys import races

SECOND = timedelta(seconds=1)
CALLERS = 8
DONE = answers.Answer(201, '{"made": 1}')

pytestmark = pytest.mark.django_db


class Act:
    """An act that counts how often it is done; it may take a while."""

    def __init__(self, answer=DONE, seconds=0.0):
        self.answer = answer
        self.seconds = seconds
        self.count = 0

    def __call__(self):
        """Do it once more."""
        self.count += 1
        time.sleep(self.seconds)
        return self.answer


def ask(act, *, at, key="key", digest="digest", scope="scope", is_atomic=True):
    """Ask with a key."""
    return answers.answer_once(
        scope=scope, key=key, digest=digest, at=at, act=act, is_atomic=is_atomic
    )


def die():
    """Leave no time for anything, as a killed process does."""
    raise KeyboardInterrupt


def write_and(end, at):
    """Return an act that writes a row and then ends so."""

    def act():
        Cart.objects.create(token="written", created_at=at, changed_at=at)
        return end()

    return act


def leave_claim(at):
    """Claim the key and die at work."""
    with pytest.raises(KeyboardInterrupt):
        ask(die, at=at)


@pytest.fixture(params=[True, False], ids=["one transaction", "apart"])
def is_atomic(request):
    """Whether act and answer are one transaction."""
    return request.param


def test_the_same_key_gets_the_same_answer(at, is_atomic):
    """A repeated request gets the first one's answer, and nothing is done again."""
    act = Act()

    first = ask(act, at=at, is_atomic=is_atomic)
    again = ask(act, at=at, is_atomic=is_atomic)

    assert act.count == 1
    assert (first.status, first.body, first.is_repeated) == (201, DONE.body, False)
    assert (again.status, again.body, again.is_repeated) == (201, DONE.body, True)


@pytest.mark.parametrize("other", [{"key": "other"}, {"scope": "other"}])
def test_keys_and_scopes_are_apart(at, other):
    """Another key, and the same key of somebody else, is another request."""
    act = Act()

    ask(act, at=at)
    ask(act, at=at, **other)

    assert act.count == 2


def test_a_key_stands_for_one_request(at):
    """The same key with another request is refused, be the first done or not."""
    leave_claim(at)
    with pytest.raises(answers.KeyReusedError):
        ask(Act(), at=at, digest="other")
    ask(Act(), at=at + answers.DEAD_AFTER)

    with pytest.raises(answers.KeyReusedError):
        ask(Act(), at=at, digest="other")


def test_a_refusal_is_kept_too(at):
    """An answer that says no is given again, though it could be yes by now."""
    ask(Act(answers.Answer(409, "{}")), at=at)

    assert ask(Act(), at=at).status == 409


@pytest.mark.parametrize("status", [500, 503])
def test_failures_are_not_kept(at, status, is_atomic):
    """After an answer of 5xx the same key does the work."""
    failing = Act(answers.Answer(status, "{}"))

    assert ask(failing, at=at, is_atomic=is_atomic).status == status

    assert ask(Act(), at=at, is_atomic=is_atomic).status == 201


def test_an_exception_leaves_the_key_free(at, is_atomic):
    """An act that raises may be repeated at once."""
    with pytest.raises(ZeroDivisionError):
        ask(lambda: 1 // 0, at=at, is_atomic=is_atomic)

    assert ask(Act(), at=at, is_atomic=is_atomic).status == 201


@pytest.mark.parametrize(
    "end",
    [lambda: answers.Answer(503, "{}"), lambda: 1 // 0, die],
    ids=["refused", "broken", "killed"],
)
def test_a_failure_undoes_what_was_written(at, end):
    """In one transaction an act that fails or is killed leaves nothing behind."""
    with contextlib.suppress(ZeroDivisionError, KeyboardInterrupt):
        ask(write_and(end, at), at=at)

    assert not Cart.objects.exists()


def test_a_call_at_work_is_not_repeated(at):
    """Within a minute nobody else works under the key of a call without an answer."""
    leave_claim(at)

    with pytest.raises(answers.InFlightError):
        ask(Act(), at=at + answers.DEAD_AFTER - SECOND)


def test_a_dead_call_is_repeated_after_a_minute(at):
    """A call whose process died does not block its key for ever, nor its successor."""
    leave_claim(at)

    assert ask(Act(), at=at + answers.DEAD_AFTER).status == 201


def test_who_repeats_a_dead_call_has_a_minute_too(at):
    """The minute begins anew with each call that takes the work over."""
    leave_claim(at)
    second = at + answers.DEAD_AFTER
    with pytest.raises(KeyboardInterrupt):
        ask(die, at=second)

    with pytest.raises(answers.InFlightError):
        ask(Act(), at=second + answers.DEAD_AFTER - SECOND)


@pytest.mark.django_db(transaction=True)
def test_a_slow_call_that_was_overtaken_undoes_its_work(at):
    """Of a slow call and the one that took it for dead only the second has effect."""
    later = at + answers.DEAD_AFTER

    def overtake():
        (second,) = races.run_together(1, lambda _: ask(Act(), at=later))
        return second

    with pytest.raises(answers.InFlightError):
        ask(write_and(overtake, at), at=at)

    assert not Cart.objects.exists()
    assert ask(Act(), at=later).is_repeated


@pytest.mark.django_db(transaction=True)
def test_the_claim_is_committed_before_the_work(at, is_atomic):
    """While the act is at work, everybody can see that the key is taken."""
    seen = []

    def look():
        (found,) = races.run_together(1, lambda _: StoredAnswer.objects.count())
        seen.append(found)
        return DONE

    ask(look, at=at, is_atomic=is_atomic)

    assert seen == [1]


@pytest.mark.django_db(transaction=True)
def test_a_claim_inside_a_transaction_is_refused(at):
    """Nobody would see a claim that waits for somebody's transaction to end."""
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        ask(Act(), at=at)


@pytest.mark.django_db(transaction=True)
def test_one_of_many_calls_at_once_works(at):
    """Of calls with one key at the same moment one works, the others are told so."""
    act = Act(seconds=0.5)

    outcomes = races.run_together(CALLERS, lambda _: ask(act, at=at))

    assert act.count == 1
    assert outcomes.count(DONE) == 1
    assert _kinds(outcomes) == {answers.Answer, answers.InFlightError}


@pytest.mark.django_db(transaction=True)
def test_without_the_unique_key_many_work(at, monkeypatch):
    """Negative control: without the constraint the same race is won several times."""
    act = Act(seconds=0.5)
    _let_all_look_first(monkeypatch)

    with _without_unique_key():
        races.run_together(CALLERS, lambda _: ask(act, at=at))

    assert act.count > 1


@pytest.mark.django_db(transaction=True)
def test_one_of_many_takes_a_dead_call_over(at):
    """Of many calls that find a dead one, one works."""
    leave_claim(at)
    act = Act(seconds=0.5)
    later = at + answers.DEAD_AFTER

    outcomes = races.run_together(CALLERS, lambda _: ask(act, at=later))

    assert act.count == 1
    assert _kinds(outcomes) == {answers.Answer, answers.InFlightError}


@pytest.mark.django_db(transaction=True)
def test_without_the_conditional_update_many_take_over(at, monkeypatch):
    """Negative control: who only looks whether a call is dead is not alone."""
    leave_claim(at)
    act = Act(seconds=0.5)
    monkeypatch.setattr(answers, "_take_over", lambda claim, at: None)

    races.run_together(CALLERS, lambda _: ask(act, at=at + answers.DEAD_AFTER))

    assert act.count > 1


def test_old_answers_are_forgotten(at):
    """After a day an answer is dropped, and counted."""
    ask(Act(), at=at, key="old")
    ask(Act(), at=at + SECOND, key="younger")

    assert answers.forget_answers(at=at + answers.KEPT_FOR + SECOND) == 1

    assert StoredAnswer.objects.get().key == "younger"


def _kinds(outcomes):
    return {type(outcome) for outcome in outcomes}


def _let_all_look_first(monkeypatch):
    """Let every caller see that the key is free before anybody takes it."""
    meeting = races.Meeting(CALLERS)

    def look(scope, key, digest, at):
        assert not StoredAnswer.objects.filter(scope=scope, key=key).exists()
        meeting.wait()
        return StoredAnswer.objects.create(
            scope=scope, key=key, digest=digest, created_at=at
        ), True

    monkeypatch.setattr(answers, "_claim", look)


@contextlib.contextmanager
def _without_unique_key():
    """Let the database take one key twice, for a while."""
    (rule,) = StoredAnswer._meta.constraints
    with connection.schema_editor() as editor:
        editor.remove_constraint(StoredAnswer, rule)
    try:
        yield
    finally:
        StoredAnswer.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(StoredAnswer, rule)
