"""Task names: a nudge by name must find its task, on a queue that is worked on."""

import ast
import inspect
import re

import pytest

import donations.enqueue
import donations.tasks
import store.enqueue
import store.tasks
from tests import celery, workers
from tests.house import reading

TASK_NAME = re.compile(r"^(store|donations)\.[a-z_]+$")
NUDGES = {
    **store.enqueue.QUEUES,
    donations.enqueue.SET_ASIDE: donations.enqueue.QUEUE,
    donations.enqueue.SEND_PART: donations.enqueue.QUEUE,
    donations.enqueue.ASK_BENEFICIARY: donations.enqueue.MAIL_QUEUE,
}
SCHEDULE = {**store.tasks.SCHEDULE, **donations.tasks.SCHEDULE}


@pytest.fixture(scope="module")
def tasks():
    """The tasks that a worker of the test host knows."""
    celery.app.loader.import_default_modules()
    return celery.app.tasks


def _enqueued_names():
    for module in reading.read(*reading.APPS):
        for call in module.calls():
            first = call.args[0] if call.args else None
            is_nudge = reading.chain(call)[-1:] == ["enqueue"]
            if is_nudge and isinstance(first, ast.Constant):
                yield module.at(call), first.value


@pytest.mark.parametrize("name", sorted(NUDGES))
def test_nudges_find_their_task(tasks, name):
    """Every task that can be enqueued is registered."""
    assert name in tasks


@pytest.mark.parametrize("entry", sorted(SCHEDULE))
def test_schedule_finds_its_task(tasks, entry):
    """Every entry of the schedule names a registered task."""
    assert SCHEDULE[entry]["task"] in tasks


def test_queues_are_worked_on():
    """Every nudge and every sweep goes to a queue that workers listen to."""
    queues = set(NUDGES.values())

    queues |= {entry.get("options", {}).get("queue") for entry in SCHEDULE.values()}

    assert queues <= set(workers.QUEUES)


def test_services_enqueue_known_tasks():
    """Every name given to enqueue has a queue."""
    unknown = [place for place, name in _enqueued_names() if name not in NUDGES]

    assert unknown == []


def test_tasks_ignore_unknown_keywords(tasks):
    """An old worker survives a newer caller: tasks take and ignore more keywords."""
    ours = [task for name, task in tasks.items() if TASK_NAME.match(name)]

    strict = [task.name for task in ours if not _takes_anything(task)]

    assert ours
    assert strict == []


def _takes_anything(task):
    # The signature of the function that we wrote, below Celery's own wrapping.
    parameters = inspect.signature(task.run).parameters.values()
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
