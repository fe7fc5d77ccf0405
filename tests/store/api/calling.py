"""Calls of the API as a program makes them: JSON in, JSON out, a key where needed."""

import contextlib
import itertools

from django.db import connection

CARTS = "/api/v1/carts/"

_number = itertools.count(1)


def send(client, method, address, body=None, *, key=None, **headers):
    """Send a body as JSON; `key` is the idempotency key."""
    if key is not None:
        headers["Idempotency-Key"] = key
    return getattr(client, method)(
        address, data=body, content_type="application/json", headers=headers
    )


def new_key():
    """Return a key that nobody used."""
    return f"key-{next(_number)}"


def open_cart(client, *pieces):
    """Return the address of a new cart with these pieces."""
    made = send(client, "post", CARTS, {})
    assert made.status_code == 201, made.content
    cart = f"{CARTS}{made.json()['id']}/"
    for piece in pieces:
        line = {"serial_number": piece.serial_number}
        added = send(client, "post", f"{cart}lines/", line)
        assert added.status_code == 200, added.content
    return cart


def assert_problem(answer, status, code, *fields):
    """Expect a problem that names these fields."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer["Content-Type"] == "application/problem+json"
    assert (problem["status"], sorted(problem["fields"])) == (status, sorted(fields))
    assert problem["message"]
    assert all(problem["fields"].values())


@contextlib.contextmanager
def no_answer_kept():
    """Let the database fail at the last moment: when the answer is to be kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE store_storedanswer"
            " ADD CONSTRAINT no_answer CHECK (status IS NULL)"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE store_storedanswer DROP CONSTRAINT no_answer")
