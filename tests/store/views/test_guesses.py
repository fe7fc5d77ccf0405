"""Who guesses a page's secret address has to wait; who knows it never does."""

import pytest

from tests.store import paying

pytestmark = pytest.mark.django_db

GUESSED = (
    "/orders/guessed/",
    "/certificates/NOBODY-1/",
    "/certificates/NOBODY-1.json",
    "/api/v1/orders/guessed/",
    "/api/v1/certificates/NOBODY-1/",
)


@pytest.fixture(autouse=True)
def _two_guesses(settings):
    settings.STORE = {**settings.STORE, "GUESS_RATE": "2/day"}


@pytest.fixture
def addresses():
    """Where a paid order and its certificate are shown."""
    order = paying.make_paid_order()
    number = order.lines.get().certificate.number
    return (
        f"/orders/{order.token}/",
        f"/certificates/{number}/",
        f"/certificates/{number}.json",
        f"/api/v1/orders/{order.token}/",
        f"/api/v1/certificates/{number}/",
    )


@pytest.mark.parametrize("address", GUESSED)
def test_guessing_is_slowed_down(client, address):
    """After some wrong guesses an address gets 429, and is told how long."""
    answers = [client.get(address) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 24 * 60 * 60


def test_waiting_page_is_plain(client):
    """The page says what happened, in the shop's own dress, and no cache keeps it."""
    answer = [client.get(GUESSED[0]) for _ in range(3)][2]

    assert "Too many tries" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("guessed", GUESSED)
def test_a_guesser_is_shown_nothing(client, addresses, guessed):
    """While an address waits, right addresses answer like wrong ones, everywhere."""
    for _ in range(2):
        client.get(guessed)

    assert {client.get(address).status_code for address in addresses} == {429}


def test_nobody_else_waits(client, addresses):
    """A customer at another address sees the order meanwhile."""
    for _ in range(3):
        client.get(GUESSED[0], REMOTE_ADDR="203.0.113.9")

    answers = [client.get(one, REMOTE_ADDR="203.0.113.10") for one in addresses]

    assert {answer.status_code for answer in answers} == {200}


def test_knowing_is_never_slowed_down(client, addresses):
    """Looking at one's own order again and again counts nothing."""
    answers = [client.get(addresses[0]) for _ in range(9)]

    assert {answer.status_code for answer in answers} == {200}


def test_a_made_up_hop_gives_no_new_address(client):
    """Naming another address in X-Forwarded-For each time does not help to guess."""
    answers = [
        client.get(GUESSED[3], headers={"X-Forwarded-For": f"198.51.100.{number}"})
        for number in range(3)
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 429]
