"""Sends the mails that ask beneficiaries to acknowledge, until they are sent.

Note: once. A worker claims the row by a conditional update before it sends. If it dies
while sending, the claim lapses and the mail goes out again, with the same link and the
same Message-ID. An address that is missing is waited for like a server that is away.
"""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.db.models import F

from donations import emails
from donations.domain import money, patience
from donations.models import Acknowledgement
from donations.services import acknowledgements, remittances

logger = logging.getLogger(__name__)

_LEASE = timedelta(minutes=10)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(days=1)
_PROBLEM_LENGTH = 200
# A longer advice is only linked: mail servers refuse large mails.
_MOST_ATTACHED = 2000


def send_question(*, acknowledgement_id: int, at: datetime) -> bool:
    """Send one owed mail when its turn has come; tell whether it was sent now.

    What a mail server refuses is kept on the row, and tried again with growing waits.
    """
    claimed = Acknowledgement.objects.ready(at).filter(pk=acknowledgement_id)
    if not claimed.update(tries=F("tries") + 1, next_try_at=at + _LEASE):
        return False
    row = Acknowledgement.objects.select_related(
        "part__settlement__pledge", "part__beneficiary"
    ).get(pk=acknowledgement_id)
    try:
        _send(row)
    except (OSError, SMTPException) as error:
        _step_back(row, error, at)
        return False
    Acknowledgement.objects.filter(pk=row.pk).update(sent_at=at, problem="")
    return True


def find_ready(*, at: datetime, limit: int) -> list[int]:
    """List the owed mails whose turn has come, the oldest first."""
    ready = Acknowledgement.objects.ready(at).order_by("next_try_at", "pk")
    return list(ready.values_list("pk", flat=True)[:limit])


def _send(row: Acknowledgement) -> None:
    part = row.part
    is_short = remittances.count_donations(part=part) <= _MOST_ATTACHED
    advice = "".join(remittances.write_csv(part=part)) if is_short else ""
    emails.send_question(
        emails.QuestionMail(
            to=part.beneficiary.contact_email,
            beneficiary_name=part.beneficiary.legal_name,
            pledge_name=part.settlement.pledge.name,
            amount=money.format_money(
                money.Money(part.amount, part.settlement.currency)
            ),
            reference=part.reference,
            paid_at=part.paid_at,
            token=acknowledgements.make_token(row=row),
            message_id=str(row.uuid),
            advice=advice,
        )
    )


def _step_back(row: Acknowledgement, error: Exception, at: datetime) -> None:
    """Keep what is wrong, and wait longer after every try."""
    wait = patience.wait_after(
        tries=row.tries - 1, first=_FIRST_WAIT, longest=_LONGEST_WAIT
    )
    name, problem = type(error).__name__, f"{type(error).__name__}: {error}"
    # Servers quote the address, which is nobody's business in a list.
    if address := row.part.beneficiary.contact_email:
        problem = problem.replace(address, "...")
    Acknowledgement.objects.filter(pk=row.pk, tries=row.tries).update(
        problem=problem[:_PROBLEM_LENGTH], next_try_at=at + wait
    )
    logger.warning("acknowledgement %s not sent: %s", row.pk, name)
