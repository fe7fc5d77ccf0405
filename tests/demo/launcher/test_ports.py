"""Finding ports that nobody listens on."""

import socket

import pytest

from demo.launcher import ports


@pytest.fixture
def busy():
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind((ports.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_busy_port_gets_the_next_free_one(busy):
    """A port that is taken is passed over."""
    assert ports.find_free_port(busy, taken=set()) > busy


def test_ports_of_this_start_are_passed_over(busy):
    """Two programs of one start never get the same port."""
    first = ports.find_free_port(busy, taken=set())

    assert ports.find_free_port(busy, taken={first}) > first


def test_end_of_the_ports_is_told():
    """Where no port is left, the message says what to do."""
    with pytest.raises(ports.NoFreePortError, match="--port"):
        ports.find_free_port(65535, taken={65535})
