"""Screens of the donations. Django's autodiscovery imports this and no deeper."""

from donations.admin import causes, ledger, papers, pledges, settlements

__all__ = ["causes", "ledger", "papers", "pledges", "settlements"]
