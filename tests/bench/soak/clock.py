"""One clock for all processes of the shop, set ahead by a file.

`SOAK_CLOCK` names the file; it holds how many seconds the shop is ahead of the machine.
Only Django's clock moves: signatures of webhooks carry the machine's time, as the
simulator's do, and so do the broker's countdowns.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

VARIABLE = "SOAK_CLOCK"


def install() -> None:
    """Let Django's clock read the file; called before any app is loaded."""
    machine_now = timezone.now

    def now() -> datetime:
        return machine_now() + timedelta(seconds=seconds_ahead())

    timezone.now = now


def seconds_ahead() -> int:
    """Return how far the shop is ahead of the machine."""
    return int(_file().read_text())


def set_ahead(seconds: int) -> None:
    """Move the shop's clock, in one step: no reader sees half a number."""
    draft = _file().with_suffix(".draft")
    draft.write_text(str(seconds))
    draft.replace(_file())


def _file() -> Path:
    return Path(os.environ[VARIABLE])
