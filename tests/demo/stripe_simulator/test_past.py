"""Payments of the past, taken over as if they had been made here."""

import json
import os

import pytest

from demo.stripe_simulator.problem import ApiError

AT = 1_750_000_000
PAID = {
    "session": "cs_sample_1",
    "order": "0123456789abcdef",
    "amount": 10_000,
    "currency": "USD",
    "email": "ann@example.com",
    "created": AT,
    "expires_at": AT + 1_860,
    "intent": "pi_sample_1",
    "charge": "ch_sample_1",
    "paid_at": AT + 240,
    "fee": 320,
    "name": "Ann Buyer",
    "address": {"line1": "1 Main Street", "city": "Oakland", "country": "US"},
    "refunds": [{"id": "re_sample_1", "amount": 10_000, "created": AT + 86_400}],
}
EXPIRED = {name: PAID[name] for name in list(PAID)[:7]} | {"session": "cs_sample_2"}
MONEY = {"expand": ["payment_intent.latest_charge.balance_transaction"]}


def lines(*payments):
    """Return payments as a file of the past holds them."""
    return [json.dumps(payment) for payment in payments]


def test_past_payment_is_there_with_its_money(api, simulator):
    """Session, intent, charge, fee and refund have the ids and times they had."""
    assert simulator.past.take_over(lines(PAID)) == 1

    session = api.checkout.sessions.retrieve("cs_sample_1", MONEY)
    charge = session.payment_intent.latest_charge
    assert (session.status, session.payment_status) == ("complete", "paid")
    assert (session.amount_total, session.created) == (10_000, AT)
    shipped = session.collected_information.shipping_details
    assert (shipped.name, shipped.address.city) == ("Ann Buyer", "Oakland")
    assert charge.balance_transaction.net == 9_680
    assert (charge.metadata["order"], charge.refunded) == (PAID["order"], True)
    refunds = api.refunds.list({"payment_intent": "pi_sample_1"}).data
    assert [(one.id, one.status) for one in refunds] == [("re_sample_1", "succeeded")]


def test_past_has_its_place_in_the_books(api, simulator):
    """The rows of Stripe's books carry the moments of the past."""
    simulator.past.take_over(lines(PAID))

    rows = api.balance_transactions.list({"created": {"lte": AT + 90_000}}).data

    assert [(row.type, row.created, row.amount) for row in rows] == [
        ("refund", AT + 86_400, -10_000),
        ("charge", AT + 240, 10_000),
    ]


def test_expired_session_of_the_past_has_no_payment(api, simulator):
    """Without an intent the Session has expired unpaid."""
    simulator.past.take_over(lines(EXPIRED))

    session = api.checkout.sessions.retrieve("cs_sample_2")

    assert (session.status, session.payment_intent) == ("expired", None)
    assert not api.charges.list().data


def test_past_is_older_than_what_came_before_it(api, simulator):
    """What is taken over later is still listed where its moment belongs."""
    newest, oldest = PAID, EXPIRED | {"created": AT - 5}

    simulator.past.take_over(lines(newest))
    simulator.past.take_over(lines(oldest))

    listed = api.checkout.sessions.list({"limit": 1})
    assert [one.id for one in listed.auto_paging_iter()] == [
        newest["session"],
        oldest["session"],
    ]


def test_past_is_told_to_nobody(simulator):
    """No event tells of the past, and taking it over again adds nothing."""
    simulator.past.take_over(lines(PAID, EXPIRED))

    assert simulator.past.take_over([*lines(PAID), ""]) == 0
    assert simulator.objects("event") == []
    assert len(simulator.sessions()) == 2


def test_file_is_read_when_it_changes(simulator, tmp_path):
    """A file that is not there is waited for; the same one is read once."""
    path = tmp_path / "past.jsonl"
    assert simulator.past.follow(path) == 0

    path.write_text("\n".join(lines(PAID)))
    first, again = simulator.past.follow(path), simulator.past.follow(path)
    path.write_text("\n".join(lines(PAID, EXPIRED)))
    os.utime(path, ns=(1, 1))

    assert (first, again, simulator.past.follow(path)) == (1, 0, 1)


def test_past_of_a_fresh_shop_takes_the_place_of_the_old(api, simulator):
    """The same Session for another order is that of a shop begun anew."""
    simulator.past.take_over(lines(PAID))

    assert simulator.past.take_over(lines(PAID | {"order": "fedcba9876543210"})) == 1

    (session,) = api.checkout.sessions.list().data
    assert session.client_reference_id == "fedcba9876543210"
    assert len(api.balance_transactions.list().data) == 2


@pytest.mark.parametrize("line", ["{", "[]", '{"session": "cs_x"}'])
def test_unreadable_past_is_refused_whole(simulator, line):
    """One bad line is named, and none of its neighbors is taken over."""
    with pytest.raises(ApiError, match="Line 2 is no past payment"):
        simulator.past.take_over([*lines(PAID), line])

    assert simulator.sessions() == []


def test_past_is_sent_to_the_control_api(send, simulator):
    """A program may send the lines instead of writing a file."""
    headers = {"Content-Type": "application/jsonl"}
    body = "\n".join(lines(PAID))

    answer = send("POST", "/control/import", headers=headers, data=body)

    assert answer.status_code == 200
    assert [one["id"] for one in simulator.sessions()] == ["cs_sample_1"]
