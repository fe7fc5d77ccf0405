"""Renders and sends the mail that asks a beneficiary to acknowledge a payment.

What is due and when to try again is decided in services; nothing here writes a row.
Failures of the mail server are raised as they come.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import css_inline
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext

from donations.conf import conf

# At-rules stay in the head for narrow and dark screens; nothing is ever fetched.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class AddressMissingError(OSError):
    """The beneficiary has no address for payments; enter one, and it is tried again."""


@dataclass(frozen=True, slots=True)
class QuestionMail:
    """What the mail about one payment says; `advice` is its advice as CSV, or blank."""

    to: str
    beneficiary_name: str
    pledge_name: str
    amount: str
    reference: str
    paid_at: datetime | None
    token: str
    message_id: str
    advice: str


def send_question(mail: QuestionMail) -> None:
    """Hand the mail to the mail server.

    Raises:
        AddressMissingError: there is nobody to send it to.
        smtplib.SMTPException: the server refused it.
        OSError: the server cannot be reached.
    """
    if not mail.to:
        raise AddressMissingError("the beneficiary has no address for payments")
    build_question(mail).send()


def build_question(mail: QuestionMail) -> EmailMultiAlternatives:
    """Return the mail, finished and addressed, without sending it."""
    context = {
        **asdict(mail),
        "url": urljoin(
            f"{conf.SITE_URL}/", reverse("donations:acknowledge", args=[mail.token])
        ),
        "merchant_name": conf.MERCHANT_NAME,
        "language": get_language() or "en",
    }
    host = urlsplit(conf.SITE_URL).hostname
    built = EmailMultiAlternatives(
        subject=gettext("%(amount)s for %(pledge)s: did it arrive?")
        % {"amount": mail.amount, "pledge": mail.pledge_name},
        body=render_to_string("donations/email/question.txt", context),
        from_email=conf.FROM_EMAIL or None,
        to=[mail.to],
        headers={
            "Message-ID": f"<{mail.message_id}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    html = render_to_string("donations/email/question.html", context)
    built.attach_alternative(_INLINER.inline(html), "text/html")
    if mail.advice:
        built.attach("remittance-advice.csv", mail.advice, "text/csv")
    return built
