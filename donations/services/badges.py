"""What the badge of a pledge says: how much is set aside, from the ledger, for whom."""

from dataclasses import dataclass

from django.utils.text import Truncator
from django.utils.translation import gettext

from donations.services import impact, labels

# Wider names would leave the drawing; the title has them in full.
_NAME_ROOM = 36


@dataclass(frozen=True, slots=True)
class Badge:
    """The words of a badge; `title` says all of it to whoever cannot see it."""

    slug: str
    title: str
    amount: str
    line: str
    share: str


def read_badge(*, slug: str) -> Badge:
    """Return the badge of a published pledge, with the total of the ledger.

    Raises:
        PledgeNotFoundError: no published pledge has this slug.
    """
    found = impact.read_pledge_totals(slug=slug)
    names = ", ".join(one.name for one in found.terms.beneficiaries)
    amount = labels.format_amount(amount=found.totals.set_aside)
    promise = labels.print_promise(
        terms=found.terms, currency=found.terms.currency
    ).promise
    given = gettext("%(amount)s set aside for %(names)s.") % {
        "amount": amount,
        "names": names,
    }
    return Badge(
        slug=found.terms.slug,
        title=f"{given} {promise}",
        amount=amount,
        line=gettext("set aside for %(names)s")
        % {"names": Truncator(names).chars(_NAME_ROOM)},
        share=_say_share(found),
    )


def _say_share(found: impact.PledgeTotals) -> str:
    terms = found.terms
    if terms.share_bps:
        return gettext("%(share)s of every price") % {"share": terms.percent_text}
    return gettext("%(share)s for every piece") % {"share": terms.percent_text}
