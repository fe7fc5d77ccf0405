"""Somebody else who works in the database at the same moment."""

import contextlib

from django.db import connection, connections


@contextlib.contextmanager
def open_rival():
    """Yield a cursor of another connection, in a transaction that is given up later.

    Who waits for its locks fails after five seconds instead of hanging.
    """
    rival = connections["default"].copy()
    with connection.cursor() as ours:
        ours.execute("SET lock_timeout = '5s'")
    try:
        with rival.cursor() as cursor:
            cursor.execute("BEGIN")
            yield cursor
    finally:
        rival.close()
        with connection.cursor() as ours:
            ours.execute("RESET lock_timeout")
