"""A ledger with everything in it, and its published files in a folder."""

import importlib.util
from datetime import date, timedelta
from pathlib import Path

from django.urls import reverse

from donations.services import donations, seals
from tests import donations_factories as factories
from tests.donations import closing as closing_steps
from tests.donations import settling

SCRIPT = Path("donations/static/donations/verify_statement.py")
LIMITED = "only-so-much"
STATES = ("US-CA", "US-NY", "", "DE")


def make_books():
    """Close two periods of a pledge with several of everything; return a version."""
    version = factories.make_pledge_version(
        weights=(50, 30, 20),
        return_window_days=0,
        ends_on=date(2026, 4, 30),
    )
    limited = make_limited()
    for number in range(8):
        factories.make_donation(
            version=version,
            source=f"line:{number}",
            base_amount=9991 + 1117 * number,
            delivered_to=STATES[number % len(STATES)],
            is_set_aside=True,
        )
    factories.make_donation(
        version=version, source="line:eur", currency="EUR", is_set_aside=True
    )
    settling.settle(version, at=factories.AT + timedelta(days=3))
    change("line:1", 5000)
    change("line:2", 0)
    change("line:3", 12_000, is_held=True)
    closing_steps.close_and_sign(version)
    change("line:4", 100, at=closing_steps.AFTER)
    seals.seal_ledger(at=closing_steps.AFTER, most=7)
    end = closing_steps.AFTER + timedelta(days=30)
    closing_steps.close_and_sign(version, date(2026, 4, 30), end)
    closing_steps.close_and_sign(limited, at=end)
    seals.seal_ledger(at=end, most=7)
    return version


def make_limited():
    """Make a pledge with a cap and a minimum, which ends with March."""
    version = factories.make_pledge_version(
        slug=LIMITED,
        weights=(60, 40),
        minimum_amount=4000,
        cap_amount=9000,
        **closing_steps.LAST_DAY,
    )
    factories.make_donation(
        version=version, source="limited", base_amount=20_007, is_set_aside=True
    )
    return version


def change(source, base, at=factories.AT + timedelta(days=9), **values):
    """Bring a donation to a base."""
    donations.retarget_donation(
        source=source, base_amount=base, at=at, cause="refund", **values
    )


def save_files(client, folder, tokens):
    """Save everything that is published, under the names that it is sent with."""
    pledge = "feeding-america-covid-19"
    names = [("seals", ()), ("feed", ())]
    names += [
        (kind, (pledge, number))
        for kind in ("statement_json", "statement_csv")
        for number in (1, 2)
    ]
    names += [(f"statement_{kind}", (LIMITED, 1)) for kind in ("json", "csv")]
    names += [("proof_json", (token,)) for token in tokens]
    for name, args in names:
        response = client.get(reverse(f"donations:{name}", args=args))
        saved = response["Content-Disposition"].partition('filename="')[2].strip('"')
        (folder / saved).write_bytes(response.getvalue())


def load_script():
    """Return the program that outsiders run, as a module."""
    spec = importlib.util.spec_from_file_location("verify_statement", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
