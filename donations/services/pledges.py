"""Reads what a pledge promises and quotes its share of a price.

One frozen version renders every printed word and computes every posted number, so
they cannot differ.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext

from donations.conf import conf
from donations.domain import cap, money
from donations.domain import share as shares
from donations.models import PledgeShare, PledgeVersion
from donations.services import publication

# Publishing is part of this module's contract; its rules fill a module of their own.
draft_next_version = publication.draft_next_version
publish_pledge_version = publication.publish_pledge_version


@dataclass(frozen=True, slots=True)
class BeneficiaryTerms:
    """One beneficiary as a pledge's terms name it."""

    name: str
    register: str
    register_id: str
    weight: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What one published version promises, ready to be printed and computed with.

    `left_amount` is what it can still give under its cap at the moment of reading;
    None without a cap.
    """

    pledge_version_id: int
    pledge_id: int
    slug: str
    name: str
    number: int
    cause_name: str
    beneficiaries: tuple[BeneficiaryTerms, ...]
    share_kind: shares.ShareKind
    share_bps: int
    share_fixed_amount: int
    currency: str
    tax_mode: shares.TaxMode
    starts_on: date
    ends_on: date
    cap_amount: int | None
    minimum_amount: int | None
    left_amount: int | None
    return_window_days: int
    territories: tuple[str, ...]
    disclosure: str

    @property
    def share(self) -> shares.Share:
        """Return the rule that turns a base into a share."""
        return shares.Share(self.share_kind, self.share_bps, self.share_fixed_amount)

    @property
    def percent_text(self) -> str:
        """Return the share as people read it: `10%`, or `$25.00` for a fixed one."""
        return shares.describe_share(self.share, self.currency)


def gives_in(*, terms: Terms, currency: str) -> bool:
    """Tell whether a pledge promises anything at a price in this currency.

    A percent share is one of any currency's; a fixed amount is of its own only, and so
    is all that a pledge with a cap or a minimum gives.
    """
    return shares.gives_in(
        terms.share,
        own=terms.currency,
        currency=currency,
        is_limited=terms.cap_amount is not None or terms.minimum_amount is not None,
    )


def get_terms(*, pledge_id: int, on: date) -> Terms | None:
    """Return what a piece sold on that day gives; None when it gives nothing."""
    return list_terms(pledge_ids=[pledge_id], on=on).get(pledge_id)


def list_terms(*, pledge_ids: Iterable[int | None], on: date) -> dict[int, Terms]:
    """Return the current terms of many pledges, with one statement.

    A pledge that gives nothing on that day is left out.
    """
    wanted = {pledge_id for pledge_id in pledge_ids if pledge_id is not None}
    if not wanted:
        return {}
    current = PledgeVersion.objects.current(on).filter(pledge__in=wanted)
    return {terms.pledge_id: terms for terms in _read_terms(Q(version__in=current))}


def get_terms_by_version(*, pledge_version_id: int) -> Terms:
    """Return the terms under which something was sold, current or not.

    Raises:
        PledgeVersion.DoesNotExist: there is no such version.
    """
    for terms in _read_terms(Q(version=pledge_version_id)):
        return terms
    raise PledgeVersion.DoesNotExist(f"no pledge version {pledge_version_id}")


def list_published_terms(
    *, pledge_id: int | None = None, slug: str | None = None
) -> list[Terms]:
    """Return the current version of every published pledge, over or not, or of one."""
    chosen = Q(version__is_current=True)
    if pledge_id is not None:
        chosen &= Q(version__pledge=pledge_id)
    if slug is not None:
        chosen &= Q(version__pledge__slug=slug)
    return _read_terms(chosen)


def cut_share(*, terms: Terms, share_amount: int, given_amount: int = 0) -> int:
    """Return what a share adds under the pledge's cap by now, in minor units.

    `given_amount` is what other pieces, bought together with this one, take of what is
    left. The share of a sale is recorded whole all the same: it is refilled when
    others come back.
    """
    left = terms.left_amount
    if left is not None:
        left = max(left - given_amount, 0)
    return cap.cut_share(share=share_amount, left=left)


def quote_share(*, terms: Terms, price: money.Money) -> money.Money:
    """Return what one piece at this price gives, untaxed and without a discount.

    That is before any cap: see `cut_share`.

    Raises:
        MixedCurrencyError: the share is an amount in another currency.
    """
    nothing = money.zero(price.currency)
    share = quote_line(terms=terms, gross=price, discount=nothing, tax=nothing)[1]
    return money.Money(share, price.currency)


def quote_line(
    *, terms: Terms, gross: money.Money, discount: money.Money, tax: money.Money
) -> tuple[int, int]:
    """Return base and share of one piece, in minor units.

    Raises:
        MixedCurrencyError: the share is an amount in another currency, or the
            amounts are of several.
        InvalidPriceError: the amounts contradict each other.
    """
    _check_currencies(terms, gross, discount, tax)
    base = shares.base_amount(
        gross=gross.amount,
        discount=discount.amount,
        tax=tax.amount,
        tax_mode=terms.tax_mode,
    )
    return base, shares.share_amount(base, terms.share)


def _check_currencies(terms: Terms, *amounts: money.Money) -> None:
    currency, *others = sorted({amount.currency for amount in amounts})
    if others:
        raise money.MixedCurrencyError(f"{currency} and {others[0]} do not mix")
    if not gives_in(terms=terms, currency=currency):
        raise money.MixedCurrencyError(
            f"{terms.slug} gives {terms.percent_text} a piece sold in "
            f"{terms.currency}, and nothing of {currency}"
        )


def _read_terms(chosen: Q) -> list[Terms]:
    """Return the terms of each version, with one statement."""
    rows: dict[int, list[PledgeShare]] = {}
    for row in (
        PledgeShare.objects.filter(chosen)
        .select_related("version__pledge__cause", "beneficiary")
        .order_by("version", "ordinal")
    ):
        rows.setdefault(row.version_id, []).append(row)
    return [_build_terms(found[0].version, found) for found in rows.values()]


def describe_draft(*, version: PledgeVersion, rows: Sequence[PledgeShare]) -> Terms:
    """Return what a version would promise if it were published as it is now.

    Neither it nor its shares need to be saved; its pledge is.
    """
    return _build_terms(version, rows)


def _build_terms(version: PledgeVersion, rows: Sequence[PledgeShare]) -> Terms:
    pledge = version.pledge
    return Terms(
        pledge_version_id=version.pk,
        pledge_id=pledge.pk,
        slug=pledge.slug,
        name=pledge.name,
        number=version.number,
        cause_name=pledge.cause.name,
        beneficiaries=tuple(_build_beneficiary(row) for row in rows),
        share_kind=shares.ShareKind(version.share_kind),
        share_bps=version.share_bps,
        share_fixed_amount=version.share_fixed_amount,
        currency=version.currency,
        tax_mode=shares.TaxMode(version.tax_mode),
        starts_on=version.starts_on,
        ends_on=version.ends_on,
        cap_amount=version.cap_amount,
        minimum_amount=version.minimum_amount,
        left_amount=version.left_amount,
        return_window_days=version.return_window_days,
        territories=tuple(version.territories),
        disclosure=f"{version.disclosure} {not_deductible()}",
    )


def _build_beneficiary(row: PledgeShare) -> BeneficiaryTerms:
    beneficiary = row.beneficiary
    return BeneficiaryTerms(
        name=beneficiary.legal_name,
        register=beneficiary.register,
        register_id=beneficiary.register_id,
        weight=row.weight,
    )


def not_deductible() -> str:
    """Return the sentence that stands wherever a donation is promised."""
    return gettext(
        "The donation is made by %(merchant)s. Your purchase is not a tax-deductible "
        "gift."
    ) % {"merchant": conf.MERCHANT_NAME}
