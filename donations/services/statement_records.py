"""Writes the statement of a period from the ledger, and keeps its lines.

A part of `donations.services.closings`, which is what callers use.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from django.db.models import Q, Sum

from donations.conf import conf
from donations.domain import documents
from donations.domain import ledger as rules
from donations.domain import statement as accounting
from donations.domain.ledger import AccountKind, EntryKind
from donations.models import Closing, Entry, PledgeShare, PledgeVersion, StatementLine
from donations.services import closing_entries, closing_sums, periods
from donations.services.closing_entries import Adjustment

_CHUNK = 2000
_FORMAT = 1


def list_lines(
    *, closing: Closing, plan: Sequence[Adjustment]
) -> Iterator[tuple[str, str]]:
    """Yield the lines of a period's statement and their digests, not stored yet.

    `plan` is what the close is about to post. Pieces are streamed.
    """
    before = periods.end_of(day=closing.ends_on)
    shares = _read_shares(closing.pledge_id)
    names = closing_sums.name_beneficiaries(
        beneficiary_ids=[row.beneficiary_id for row in shares]
    )
    current = next(row.version for row in shares if row.version.is_current)
    cap = current.cap_amount
    records = accounting.list_records(
        heads=_list_heads(closing, shares, names, _count_entries(closing, plan)),
        pieces=_list_pieces(closing.pledge_id, before, names),
        adjustments=_read_adjustments(closing, plan, names),
        cap=None if cap is None else (current.currency, cap),
    )
    return documents.chain_records(records)


def compute_digest(*, closing: Closing, plan: Sequence[Adjustment]) -> str:
    """Return the digest of a period's statement, in bounded memory."""
    digest = ""
    for _, digest in list_lines(closing=closing, plan=plan):  # noqa: B007
        continue
    return digest


def store_lines(*, closing: Closing, plan: Sequence[Adjustment]) -> str:
    """Store the statement's lines for good; return its digest."""
    lines, digest, position = list_lines(closing=closing, plan=plan), "", 0
    while chunk := list(islice(lines, _CHUNK)):
        StatementLine.objects.bulk_create(
            StatementLine(closing=closing, position=position + index, content=line)
            for index, (line, _) in enumerate(chunk)
        )
        position, digest = position + len(chunk), chunk[-1][1]
    return digest


def count_entries(*, closing: Closing) -> int:
    """Return how many entries of the pledge are dated up to the period's last day."""
    of_pledge = Q(debit__pledge=closing.pledge_id) | Q(credit__pledge=closing.pledge_id)
    before = periods.end_of(day=closing.ends_on)
    return Entry.objects.filter(of_pledge, posted_at__lt=before).count()


def _read_shares(pledge_id: int) -> list[PledgeShare]:
    rows = PledgeShare.objects.filter(
        version__pledge=pledge_id, version__published_at__isnull=False
    )
    rows = rows.select_related("version__pledge", "beneficiary")
    return list(rows.order_by("version__number", "ordinal"))


def _count_entries(closing: Closing, plan: Sequence[Adjustment]) -> int:
    return count_entries(closing=closing) + len(plan)


def _list_heads(
    closing: Closing,
    shares: Sequence[PledgeShare],
    names: Mapping[int, str],
    entries: int,
) -> Iterator[documents.Record]:
    pledge = shares[0].version.pledge
    earlier = Closing.objects.filter(pledge=pledge, number=closing.number - 1).first()
    yield {
        "kind": "statement",
        "format": _FORMAT,
        "merchant": conf.MERCHANT_NAME,
        "pledge": pledge.slug,
        "name": pledge.name,
        "number": closing.number,
        "starts_on": closing.starts_on.isoformat(),
        "ends_on": closing.ends_on.isoformat(),
        "previous": earlier.digest if earlier else "",
        "entries": entries,
        "columns": accounting.COLUMNS,
        "beneficiaries": {
            names[row.beneficiary_id]: row.beneficiary.legal_name for row in shares
        },
    }
    for version, rows in groupby(shares, key=lambda row: row.version):
        yield _build_terms(version, list(rows), names)


def _build_terms(
    version: PledgeVersion, rows: Sequence[PledgeShare], names: Mapping[int, str]
) -> documents.Record:
    limits = {"cap": version.cap_amount, "minimum": version.minimum_amount}
    return {
        "kind": "terms",
        "version": version.number,
        "currency": version.currency,
        "share_bps": version.share_bps,
        "share_fixed_amount": version.share_fixed_amount,
        "tax_mode": version.tax_mode,
        "starts_on": version.starts_on.isoformat(),
        "ends_on": version.ends_on.isoformat(),
        "beneficiaries": [names[row.beneficiary_id] for row in rows],
        "weights": [row.weight for row in rows],
        **{name: amount for name, amount in limits.items() if amount is not None},
    }


def _list_pieces(
    pledge_id: int, before: datetime, names: Mapping[int, str]
) -> Iterator[accounting.Piece]:
    rows = Entry.objects.filter(
        donation__pledge_version__pledge=pledge_id, posted_at__lt=before
    ).values_list(
        "donation",
        "donation__uuid",
        "donation__pledge_version__number",
        "donation__currency",
        "donation__base_amount",
        "donation__share_amount",
        "donation__delivered_to",
        "donation__settled_at",
    )
    summed = rows.annotate(
        beneficiary=closing_sums.beneficiary_of(),
        given=Sum(closing_sums.change_of(*rules.PER_BENEFICIARY)),
    )
    streamed = summed.order_by("donation", "beneficiary").iterator(chunk_size=_CHUNK)
    for _, found in groupby(streamed, key=itemgetter(0)):
        yield _build_piece(list(found), before, names)


def _build_piece(
    rows: Sequence[Any], before: datetime, names: Mapping[int, str]
) -> accounting.Piece:
    _, uuid, version, currency, base, share, delivered_to, settled_at, *_ = rows[0]
    parts = {names[beneficiary]: given for *_, beneficiary, given in rows}
    is_settled = settled_at is not None and settled_at < before
    return accounting.Piece(
        donation=str(uuid),
        version=version,
        currency=currency,
        base=base,
        share=share,
        parts=parts,
        settled=sum(parts.values()) if is_settled else 0,
        territory=delivered_to,
    )


def _read_adjustments(
    closing: Closing, plan: Sequence[Adjustment], names: Mapping[int, str]
) -> accounting.Adjustments:
    before = periods.end_of(day=closing.ends_on)
    true_ups, top_ups, write_offs = (
        closing_entries.sum_adjustments(closing=closing, kind=kind, plan=plan)
        for kind in (EntryKind.TRUE_UP, EntryKind.MINIMUM_TOP_UP, EntryKind.WRITE_OFF)
    )
    fees = closing_sums.read_changes(
        pledge_id=closing.pledge_id,
        kinds=[AccountKind.FEES],
        entries=Q(posted_at__lt=before),
    )
    paid = closing_sums.read_paid(pledge_id=closing.pledge_id, before=before)
    return accounting.Adjustments(
        true_ups=_name(true_ups, names),
        top_ups=_name(top_ups, names),
        write_offs=_name(write_offs, names),
        paid=_name(paid, names),
        fees={currency: -amount for (currency, _), amount in fees.items()},
    )


def _name(
    amounts: Counter[closing_sums.Owner], names: Mapping[int, str]
) -> dict[accounting.Key, int]:
    return {
        (currency, names[pk]): amount
        for (currency, pk), amount in amounts.items()
        if amount
    }
