"""Screens of the donations. Django's autodiscovery imports this and no deeper."""

from donations.admin import (
    bank_accounts,
    causes,
    closings,
    ledger,
    papers,
    pledges,
    settlements,
)

__all__ = [
    "bank_accounts",
    "causes",
    "closings",
    "ledger",
    "papers",
    "pledges",
    "settlements",
]
