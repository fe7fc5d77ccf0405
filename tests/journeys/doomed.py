"""Processes that are killed at a chosen step: `python -m tests.journeys.doomed`.

Reads one order a line from standard input, as JSON: which act, with what arguments,
and at which step to die. For each it forks a child that does the act and kills itself
with SIGKILL right before that step. Prints the steps that came before, and `null` as
the last one when the act was done before the end came. Steps are statements, commits,
and the moments after a commit, when workers are nudged.

With `--piecemeal` every statement is committed by itself, as if there were no
transactions. A process of its own and without threads, so that it may fork.
"""

import json
import os
import signal
import sys
import traceback

import django
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from store.conf import conf


class Doom:
    """Counts the steps of an act and ends the process at the chosen one."""

    def __init__(self, fatal_step, report):
        self._left = fatal_step
        self._report = report

    def attach(self):
        """Watch the statements and commits of this process's connection."""
        connection.ensure_connection()
        commit = connection._commit

        def watched_commit():
            self.step("COMMIT")
            commit()
            self.step("after the commit")

        connection._commit = watched_commit
        connection.execute_wrappers.append(self._watch)

    def step(self, name):
        """Write the step down, and die when it is the fatal one."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.write(name)

    def write(self, name):
        """Tell the parent, at once."""
        os.write(self._report, f"{json.dumps(name)}\n".encode())

    def _watch(self, execute, sql, params, many, context):
        self.step(sql)
        return execute(sql, params, many, context)


def _commit_each(execute, sql, params, many, context):
    """Leave nothing to a transaction."""
    if sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT")):
        return None
    result = execute(sql, params, many, context)
    connection.connection.commit()
    return result


def main():
    """Do what each line asks for, in a child that dies on the way."""
    django.setup()
    acts = _acts()
    _import_all()
    for line in sys.stdin:
        order = json.loads(line)
        steps = _fork(acts[order["act"]], order["arguments"], order["step"])
        sys.stdout.write(json.dumps(steps) + "\n")
        sys.stdout.flush()


def _acts():
    # Services can be imported only when Django is ready.
    from donations.services import donations  # noqa: PLC0415
    from store.services import (  # noqa: PLC0415
        checkout,
        messages,
        payments,
        refunds,
        webhook_events,
    )

    return {
        "confirm_payment": payments.confirm_payment,
        "process_event": webhook_events.process_event,
        "send_message": messages.send_message,
        "send_refund": refunds.send_refund,
        "set_aside_donation": donations.set_aside_donation,
        "start_checkout": checkout.start_checkout,
    }


def _import_all():
    """Import here, once, what every child would import for itself."""
    import_string(conf.GATEWAY)
    reverse("store:cart")


def _fork(act, arguments, fatal_step):
    report, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(report)
        _live(act, arguments, Doom(fatal_step, told))
    os.close(told)
    with os.fdopen(report) as lines:
        steps = [json.loads(line) for line in lines]
    os.waitpid(child, 0)
    return steps


def _live(act, arguments, doom):
    """Do the act and leave without any goodbye, whatever happens."""
    try:
        doom.attach()
        if "--piecemeal" in sys.argv:
            connection.execute_wrappers.append(_commit_each)
        act(at=timezone.now(), **arguments)
        doom.write(None)
    except Exception:  # noqa: BLE001  whoever waits sees that the last step is missing
        traceback.print_exc()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
