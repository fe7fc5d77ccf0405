"""Asks the rails of a settlement, before its approval, whether they can pay.

A part of `donations.services.settlements`, which is what callers use.
"""

from collections.abc import Iterator

from donations.models import PledgeShare, SettlementPart
from donations.services import rails


class RailNotReadyError(ValueError):
    """A beneficiary cannot be paid by its rail now; nothing was approved.

    The message names the beneficiary and what its rail says. Mend that, or give the
    beneficiary another rail and draft the settlement again.
    """


def check_rails(*, settlement_id: int) -> None:
    """Refuse a settlement with a part that its rail cannot pay now.

    Asks the rails, so it is called outside of every transaction.

    Raises:
        RailNotReadyError: a rail says no, cannot be asked, or is not in the settings.
    """
    rows = SettlementPart.objects.filter(settlement=settlement_id)
    for part in rows.select_related("settlement", "beneficiary").order_by("pk"):
        problem = _find_problem(part.rail, part.rail_account, part.settlement.currency)
        if problem:
            raise RailNotReadyError(f"{part.beneficiary.legal_name}: {problem}")


def examine_rails() -> Iterator[tuple[str, str]]:
    """Yield who is paid by a rail, and why that cannot be done now, mostly blank.

    Asks the rails about every beneficiary of a published pledge.
    """
    promised = PledgeShare.objects.filter(version__published_at__isnull=False)
    rows = promised.exclude(beneficiary__rail=rails.BANK).values_list(
        "beneficiary__legal_name",
        "beneficiary__rail",
        "beneficiary__rail_account",
        "version__currency",
    )
    in_order = rows.distinct().order_by("beneficiary__legal_name")
    for name, rail, account, currency in in_order:
        yield name, _find_problem(rail, account, currency)


def _find_problem(name: str, account: str, currency: str) -> str:
    try:
        rail = rails.get_rail(name=name)
        return rail.prepare(account=account, currency=currency) if rail else ""
    except rails.RailUnknownError as error:
        return str(error)
    except rails.RailUnavailableError as error:
        return f"its rail cannot be asked now, try again later ({error})"
