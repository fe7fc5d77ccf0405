"""Makes the data directory ready: `python -m demo.launcher.prepare`.

Tables, static files, an admin login and the sample collection; all of it is kept when
it is already there. Tables of other migrations end it, with a way out.
"""

import os
import sys

import django
from django.contrib.auth import get_user_model
from django.core.management import call_command

from demo import environment, keepsakes
from demo.launcher import schema

ADMIN = "admin"


def main() -> int:
    """Prepare everything, one line a step."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
    django.setup()
    _say("Tables")
    try:
        schema.stamp_schema(environment.data_directory())
    except schema.ForeignSchemaError as error:
        _say(str(error))
        return 1
    call_command("migrate", verbosity=0, interactive=False)
    _say("Static files")
    call_command("collectstatic", verbosity=0, interactive=False)
    _say("Admin login")
    _make_admin()
    call_command("seed_demo")
    return 0


def _make_admin() -> None:
    """Make the login that the launcher prints; an admin's own changes are kept."""
    users = get_user_model().objects
    password = keepsakes.read_secrets(environment.data_directory())["admin_password"]
    if not users.filter(username=ADMIN).exists():
        users.create_superuser(ADMIN, "admin@goodcarat.example", password)


def _say(step: str) -> None:
    sys.stdout.write(f"  {step}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
