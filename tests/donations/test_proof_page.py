"""The page of one donation: what became of a promise, and how anybody can tell."""

import json
import re

import pytest
from django.urls import reverse

from donations.services import donations, proofs, seals
from tests import donations_factories as factories
from tests.donations import closing as closing_steps
from tests.donations import publishing, settling

AT = factories.AT
pytestmark = pytest.mark.django_db


def read(client, donation, name="proof"):
    """Return a page's text with its white space evened out."""
    response = client.get(reverse(f"donations:{name}", args=[donation.uuid]))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.getvalue().decode())


def test_due_donation_says_what_will_be_given(client):
    """Before it is set aside nothing is in the ledger yet."""
    page = read(client, factories.make_donation())

    assert "$249.90 is due and will be set aside" in page
    assert "Nothing yet: it is about to be set aside." in page


def test_unsealed_entry_waits(client):
    """An entry of the last minutes says so."""
    donation = factories.make_donation(is_set_aside=True)

    page = read(client, donation)

    assert "Waits for the next seal" in page
    assert not proofs.read_proof(token=donation.uuid).is_sealed


def test_sealed_entry_is_proven(client):
    """Root, position and path are there to be followed."""
    donation = factories.make_donation(is_set_aside=True)
    seals.seal_ledger(at=AT)

    page = read(client, donation)

    proof = proofs.read_proof(token=donation.uuid)
    assert (proof.is_sealed, proof.is_altered) == (True, False)
    assert "Proven: leaf 1 of 1 in seal 1" in page
    assert proof.entries[0].inclusion.root in page


def test_changes_are_shown_with_their_sign(client):
    """A fall is shown as what it is: less than nothing."""
    donation = factories.make_donation(is_set_aside=True)
    donations.retarget_donation(
        source="line:1", base_amount=1000, at=AT, cause="refund"
    )

    page = read(client, donation)

    assert "Set aside, $249.90" in page
    assert "Reversed, -$248.90" in page
    assert "<strong>$1.00</strong>" in page


def test_reversed_donation_says_why(client):
    """After a full refund nothing is left, and the page says so."""
    donation = factories.make_donation(is_set_aside=True)
    donations.retarget_donation(source="line:1", base_amount=0, at=AT, cause="refund")

    page = read(client, donation)

    assert "reversed: the piece or the money for it went back" in page
    assert "Reversed, -$249.90" in page


def test_held_donation_says_so(client):
    """While the payment is disputed nothing is paid."""
    donation = factories.make_donation(is_set_aside=True)
    donations.retarget_donation(
        source="line:1", base_amount=249_900, at=AT, cause="dispute", is_held=True
    )

    page = read(client, donation)

    assert "held back while the payment of the order is disputed" in page
    assert "Held back, $249.90" in page


def test_payment_is_shown(client):
    """Who was paid, when, and under which reference of the bank."""
    version = factories.make_pledge_version(return_window_days=0)
    donation = factories.make_donation(version=version, is_set_aside=True)
    assert "Not paid yet" in read(client, donation)

    settling.settle(version)

    page = read(client, donation)
    assert "Paid to Feeding America on April 2, 2026, reference BANK-1" in page
    assert "Not acknowledged by the beneficiary yet" in page


def test_page_tells_how_to_check(client):
    """The commands name the program, the seals and this very proof."""
    version = factories.make_pledge_version()
    donation = factories.make_donation(version=version, is_set_aside=True)

    page = read(client, donation)

    address = f"http://testserver/impact/proof/{donation.uuid}.json"
    assert f"curl -OJ {address}" in page
    assert "/static/donations/verify_statement.py" in page


def test_pages_list_statements(client):
    """Whatever is signed can be saved from the pledge's page and from the main one."""
    version = factories.make_pledge_version()
    closing_steps.close_and_sign(version)

    for name, args in (("impact", ()), ("pledge", (version.pledge.slug,))):
        page = client.get(reverse(f"donations:{name}", args=args)).content.decode()
        assert "/impact/feeding-america-covid-19/statements/1.json" in page
        assert "signed by two people on April 3, 2026" in page


def test_published_files_have_names(client):
    """What is saved can be told apart, and other pages may read it."""
    version = factories.make_pledge_version()
    closing_steps.close_and_sign(version)

    for ending in ("json", "csv"):
        address = reverse(
            f"donations:statement_{ending}", args=[version.pledge.slug, 1]
        )
        response = client.get(address)
        assert f"feeding-america-covid-19-1.{ending}" in response["Content-Disposition"]
        assert response["Access-Control-Allow-Origin"] == "*"
        missing = reverse(f"donations:statement_{ending}", args=["other", 1])
        assert client.get(missing).status_code == 404


def test_feed_tells_all(client):
    """Totals, payments, statements and the last seal, in one file for programs."""
    publishing.make_books()

    records = json.loads(client.get(reverse("donations:feed")).getvalue())

    kinds = {record["kind"] for record in records}
    assert kinds == {"feed", "totals", "payment", "statement"}
    (totals, *_) = [record for record in records if record["kind"] == "totals"]
    assert totals["page"] == "/impact/feeding-america-covid-19/"


def test_feed_of_nothing_is_a_feed(client):
    """A shop that has given nothing yet publishes an empty feed and no seals."""
    for name, count in (("feed", 1), ("seals", 1)):
        records = json.loads(client.get(reverse(f"donations:{name}")).getvalue())
        assert len(records) == count
