"""A broker that forgets: what the sample's past asks of workers was done long ago."""

import contextlib
from collections.abc import Iterator
from typing import Any, cast

import celery
from kombu.exceptions import OperationalError
from kombu.transport import memory


class Channel(memory.Channel):
    """Takes every message and keeps none."""

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        """Forget the message."""


class Transport(memory.Transport):
    """The transport that Celery is given for the time of seeding."""

    Channel = Channel


def is_broker_up() -> bool:
    """Tell whether the usual broker answers, so that workers can be asked at all."""
    try:
        with celery.current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=0)
    except OperationalError:
        return False
    return True


@contextlib.contextmanager
def no_nudges() -> Iterator[None]:
    """Send every nudge to a broker that forgets it."""
    usual = cast(Any, celery.current_app)._get_current_object()  # noqa: SLF001
    quiet = celery.Celery("quiet", set_as_current=False)
    quiet.conf.update(
        broker_url="memory://localhost/", broker_transport=f"{__name__}:Transport"
    )
    quiet.set_current()
    try:
        yield
    finally:
        usual.set_current()
        quiet.close()
