"""A SEPA file says what a bank needs, and refuses what no bank would take."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from donations.domain import sepa
from donations.domain.money import Money

OURS = sepa.Party("Example Jewelers", "DE89370400440532013000", "COBADEFFXXX")
THEIRS = sepa.Party("Banques alimentaires", "FR1420041010050500013M02606")


def make_file(**values):
    """Return a right file of two payments, but for what the test says."""
    pay = sepa.Transfer("a-1", THEIRS, Money(1_234_567, "EUR"), "Diamonds That Care")
    defaults = {
        "key": "a",
        "payer": OURS,
        "transfers": [pay, replace(pay, key="a-2", amount=Money(5, "EUR"))],
        "created_at": datetime(2026, 4, 2, 12, tzinfo=UTC),
        "wanted_on": date(2026, 4, 3),
    }
    return sepa.PaymentFile(**{**defaults, **values})


def read(file, path):
    """Return the texts at a path of the written file."""
    root = ET.fromstring(sepa.write(file))  # noqa: S314
    named = "/".join(f"{{{sepa.NAMESPACE}}}{step}" for step in path.split("/"))
    return [found.text for found in root.findall(f".//{named}")]


def test_file_says_who_pays_whom():
    """Both accounts, the amounts with two decimals, and the keys of both banks."""
    file = make_file()

    assert read(file, "DbtrAcct/Id/IBAN") == [OURS.iban]
    assert read(file, "CdtrAcct/Id/IBAN") == [THEIRS.iban] * 2
    assert read(file, "Amt/InstdAmt") == ["12345.67", "0.05"]
    assert read(file, "PmtId/EndToEndId") == ["a-1", "a-2"]
    assert read(file, "ReqdExctnDt/Dt") == ["2026-04-03"]
    assert read(file, "DbtrAgt/FinInstnId/BICFI") == ["COBADEFFXXX"]


def test_file_adds_itself_up():
    """Count and sum stand in the header and in the payment, for the bank to compare."""
    file = make_file()

    assert read(file, "GrpHdr/NbOfTxs") == read(file, "PmtInf/NbOfTxs") == ["2"]
    assert read(file, "GrpHdr/CtrlSum") == read(file, "PmtInf/CtrlSum") == ["12345.72"]


def test_elements_come_in_the_schemas_order():
    """The schema is a sequence: a file in another order is refused whole."""
    root = ET.fromstring(sepa.write(make_file()))  # noqa: S314
    names = [one.tag.partition("}")[2] for one in root.iter()]
    transfer = names[names.index("CdtTrfTxInf") :]

    assert names[:5] == ["Document", "CstmrCdtTrfInitn", "GrpHdr", "MsgId", "CreDtTm"]
    payment = [one.tag.partition("}")[2] for one in root[0][1]]
    assert payment == [
        *("PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "PmtTpInf", "ReqdExctnDt"),
        *("Dbtr", "DbtrAcct", "DbtrAgt", "ChrgBr", "CdtTrfTxInf", "CdtTrfTxInf"),
    ]
    assert transfer[1:5] == ["PmtId", "EndToEndId", "Amt", "InstdAmt"]


def test_bank_of_the_beneficiary_is_named_where_known():
    """A BIC is given where there is one, and may be missing inside SEPA."""
    pay = make_file().transfers[0]
    known = replace(pay, to=replace(THEIRS, bic="PSSTFRPPXXX"))

    assert read(make_file(), "CdtrAgt/FinInstnId/BICFI") == []
    assert read(make_file(transfers=[known]), "CdtrAgt/FinInstnId/BICFI") == [
        "PSSTFRPPXXX"
    ]
    bare = replace(OURS, bic="")
    assert read(make_file(payer=bare), "DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Café & Söhne", "Cafe Sohne"),
        ("<script>", "script"),
        ("Łódź\n", "odz"),
        ("x" * 80, "x" * 70),
    ],
)
def test_names_are_written_in_bank_letters(text, written):
    """Whatever a name holds, banks get letters that they take."""
    assert sepa.clean(text, 70) == written


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"payer": replace(OURS, iban="DE00")}, "no valid IBAN"),
        ({"payer": replace(OURS, name="日本")}, "no name"),
        ({"transfers": []}, "nothing"),
    ],
)
def test_broken_rules_are_named(values, words):
    """A file that a bank would refuse is never written."""
    with pytest.raises(sepa.SepaError, match=words):
        sepa.write(make_file(**values))


@pytest.mark.parametrize(
    "amount", [Money(1, "USD"), Money(0, "EUR"), Money(100_000_000_000, "EUR")]
)
def test_only_amounts_that_sepa_moves(amount):
    """Euros, above nothing and below a billion."""
    pay = replace(make_file().transfers[0], amount=amount)

    with pytest.raises(sepa.SepaError, match=str(amount.amount) + "|USD"):
        sepa.write(make_file(transfers=[pay]))
