"""The steps of a close for tests: two people, closing, signing."""

from datetime import UTC, date, datetime, timedelta

from donations.models import Closing
from donations.services import closings
from tests import donations_factories as factories
from tests.donations import settling

# The factories' donations are of the 2nd of March.
ENDS_ON = date(2026, 3, 31)
AFTER = datetime(2026, 4, 3, 9, tzinfo=UTC)
# The last day of the pledge in tests of its end.
LAST_DAY = {"ends_on": ENDS_ON}


def close(version, ends_on=ENDS_ON, at=AFTER):
    """Close a period by the first person."""
    pk = closings.close_period(
        pledge_id=version.pledge_id,
        ends_on=ends_on,
        closed_by_id=settling.make_people()[0].pk,
        at=at,
    )
    return Closing.objects.get(pk=pk)


def sign(closing, at=AFTER, **values):
    """Let the second person sign what was closed."""
    signed = {
        "signed_by_id": settling.make_people()[1].pk,
        "digest": closing.digest,
        **values,
    }
    closings.sign_closing(closing_id=closing.pk, at=at, **signed)
    closing.refresh_from_db()
    return closing


def close_and_sign(version, ends_on=ENDS_ON, at=AFTER):
    """Go all the way."""
    return sign(close(version, ends_on, at), at)


def give(version, bases, at=factories.AT, **due):
    """Set donations of these bases aside."""
    return [
        factories.make_donation(
            version=version,
            source=f"line:{number}",
            base_amount=base,
            is_set_aside=True,
            at=at + timedelta(minutes=number),
            **due,
        )
        for number, base in enumerate(bases, start=1)
    ]
