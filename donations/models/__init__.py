"""Every model of the donations app, one module per aggregate."""

from donations.models.acknowledgements import Acknowledgement
from donations.models.bank_accounts import BankAccount, BankAccountDecision
from donations.models.causes import Beneficiary, Cause, Project
from donations.models.closings import Closing, StatementLine
from donations.models.donations import Donation
from donations.models.ledger import Account, Entry
from donations.models.papers import (
    Consent,
    Contract,
    Document,
    Filing,
    RegisterExtract,
)
from donations.models.pledges import Pledge, PledgeShare, PledgeVersion
from donations.models.seals import Seal, SealLeaf
from donations.models.settlements import Settlement, SettlementPart

__all__ = [
    "Account",
    "Acknowledgement",
    "BankAccount",
    "BankAccountDecision",
    "Beneficiary",
    "Cause",
    "Closing",
    "Consent",
    "Contract",
    "Document",
    "Donation",
    "Entry",
    "Filing",
    "Pledge",
    "PledgeShare",
    "PledgeVersion",
    "Project",
    "RegisterExtract",
    "Seal",
    "SealLeaf",
    "Settlement",
    "SettlementPart",
    "StatementLine",
]
