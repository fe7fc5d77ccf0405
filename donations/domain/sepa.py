"""Writes a SEPA credit transfer as ISO 20022 pain.001.001.09, and its rules.

The rules of the European Payments Council (C2B guidelines of 2023) that we hold: euros
only; an IBAN for both sides; amounts from 0.01 to 999999999.99 with two decimals;
identifiers of at most 35 and names of at most 70 characters; free text of at most 140;
and no character outside of the Latin set that every bank takes.
"""

import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from stdnum import iban

from donations.domain import money

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_MOST_AMOUNT = 99_999_999_999
_NAME, _TEXT = 70, 140
_ALLOWED = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ "
)


class SepaError(ValueError):
    """A transfer that no bank would take; the message says which rule it breaks."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who pays or is paid: the account's holder, its IBAN and, where known, its BIC."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment; `key` names it for both banks and never changes."""

    key: str
    to: Party
    amount: money.Money
    text: str


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """What is asked of the payer's bank at once; a bank takes a `key` only once."""

    key: str
    payer: Party
    transfers: Sequence[Transfer]
    created_at: datetime
    wanted_on: date


def write(file: PaymentFile) -> bytes:
    """Return the file as UTF-8.

    Raises:
        SepaError: a rule is broken.
    """
    _check(file)
    root = ET.Element("Document", xmlns=NAMESPACE)
    initiation = ET.SubElement(root, "CstmrCdtTrfInitn")
    total = sum(transfer.amount.amount for transfer in file.transfers)
    sums = {"NbOfTxs": str(len(file.transfers)), "CtrlSum": _decimal(total)}
    created = file.created_at.isoformat(timespec="seconds")
    header = _add(initiation, "GrpHdr", MsgId=file.key, CreDtTm=created, **sums)
    _add(header, "InitgPty", Nm=clean(file.payer.name, _NAME))
    payment = _add(initiation, "PmtInf", PmtInfId=file.key, PmtMtd="TRF", **sums)
    _add(_add(_add(payment, "PmtTpInf"), "SvcLvl"), "Cd").text = "SEPA"
    _add(payment, "ReqdExctnDt", Dt=file.wanted_on.isoformat())
    _add_payer(payment, file.payer)
    for transfer in file.transfers:
        _add_transfer(payment, transfer)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


def clean(text: str, length: int) -> str:
    """Return a text in the letters that every bank takes, cut to a length."""
    plain = unicodedata.normalize("NFKD", text)
    letters = (one for one in plain if not unicodedata.combining(one))
    kept = "".join(one if one in _ALLOWED else " " for one in letters)
    return " ".join(kept.split())[:length].strip()


def _check(file: PaymentFile) -> None:
    for party in (file.payer, *(transfer.to for transfer in file.transfers)):
        if not iban.is_valid(party.iban):
            raise SepaError(f"{party.name} has no valid IBAN")
        if not clean(party.name, _NAME):
            raise SepaError("a party has no name that banks can write")
    if not file.transfers:
        raise SepaError("there is nothing to transfer")
    for transfer in file.transfers:
        if transfer.amount.currency != "EUR":
            raise SepaError(f"SEPA moves euros, not {transfer.amount.currency}")
        if not 0 < transfer.amount.amount <= _MOST_AMOUNT:
            raise SepaError(f"{transfer.amount.amount} is no amount that SEPA moves")


def _add_payer(parent: ET.Element, payer: Party) -> None:
    _add(parent, "Dbtr", Nm=clean(payer.name, _NAME))
    _add(_add(parent, "DbtrAcct"), "Id", IBAN=payer.iban)
    agent = _add(_add(parent, "DbtrAgt"), "FinInstnId")
    if payer.bic:
        _add(agent, "BICFI").text = payer.bic
    else:
        _add(agent, "Othr", Id="NOTPROVIDED")
    _add(parent, "ChrgBr").text = "SLEV"


def _add_transfer(parent: ET.Element, transfer: Transfer) -> None:
    row = _add(parent, "CdtTrfTxInf")
    _add(row, "PmtId", EndToEndId=transfer.key)
    amount = _add(_add(row, "Amt"), "InstdAmt")
    amount.set("Ccy", transfer.amount.currency)
    amount.text = _decimal(transfer.amount.amount)
    if transfer.to.bic:
        _add(_add(row, "CdtrAgt"), "FinInstnId", BICFI=transfer.to.bic)
    _add(row, "Cdtr", Nm=clean(transfer.to.name, _NAME))
    _add(_add(row, "CdtrAcct"), "Id", IBAN=transfer.to.iban)
    _add(row, "RmtInf", Ustrd=clean(transfer.text, _TEXT))


def _add(parent: ET.Element, name: str, **children: str) -> ET.Element:
    """Add an element with children that hold text, in their order."""
    added = ET.SubElement(parent, name)
    for child, text in children.items():
        ET.SubElement(added, child).text = text
    return added


def _decimal(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
