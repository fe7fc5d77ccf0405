"""What the embedded demo keeps in its data directory between and during runs.

Generated secrets, made once, and the addresses of the demo that is running. Plain
files: readable before Django is set up, and by a process the launcher did not start.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Any

SECRETS = "secrets.json"
RUNNING = "demo.json"
# What the Stripe simulator should know of the time before it ran.
STRIPE_PAST = "stripe-past.jsonl"
DEFAULTS = {
    "url": "http://127.0.0.1:8000/",
    "simulator_url": "http://127.0.0.1:8001/",
    "redis_url": "redis://127.0.0.1:6390/0",
}


def read_secrets(var: Path) -> dict[str, str]:
    """Return this data directory's generated secrets, making them the first time."""
    path = var / SECRETS
    if not path.exists():
        _make_secrets(path)
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded


def read_running(var: Path) -> dict[str, str]:
    """Return the addresses of the running demo, or the usual ones when none runs."""
    try:
        found: dict[str, Any] = json.loads((var / RUNNING).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return DEFAULTS
    return DEFAULTS | {name: found[name] for name in DEFAULTS if name in found}


def write_running(var: Path, facts: dict[str, Any]) -> None:
    """Publish what runs where, in one step: a reader never sees half a file."""
    _write_private(var / f"{RUNNING}.{os.getpid()}", json.dumps(facts, indent=2))
    (var / f"{RUNNING}.{os.getpid()}").replace(var / RUNNING)


def forget_running(var: Path) -> None:
    """Say that no demo runs from this data directory any more."""
    (var / RUNNING).unlink(missing_ok=True)


def _make_secrets(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = {
        "secret_key": secrets.token_urlsafe(50),
        "stripe_secret_key": f"sk_test_{secrets.token_hex(16)}",
        "stripe_webhook_secret": f"whsec_{secrets.token_hex(24)}",
        "admin_password": secrets.token_urlsafe(12),
    }
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    _write_private(draft, json.dumps(made, indent=2))
    try:
        # A hard link fails where a rename would overwrite: of several processes that
        # start at once, all end up with the secrets of the first.
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
