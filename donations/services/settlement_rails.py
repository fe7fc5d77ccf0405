"""Asks the rails of a settlement, before its approval, whether they can pay.

A part of `donations.services.settlements`, which is what callers use.
"""

from donations.models import SettlementPart
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
        problem = _find_problem(part)
        if problem:
            raise RailNotReadyError(f"{part.beneficiary.legal_name}: {problem}")


def _find_problem(part: SettlementPart) -> str:
    try:
        rail = rails.get_rail(name=part.rail)
        if rail is None:
            return ""
        return rail.prepare(
            account=part.rail_account, currency=part.settlement.currency
        )
    except rails.RailUnknownError as error:
        return str(error)
    except rails.RailUnavailableError as error:
        return f"its rail cannot be asked now, try again later ({error})"
