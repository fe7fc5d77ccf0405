"""The control page and its JSON."""

import pytest

from demo.stripe_simulator import accidents
from tests.stripe_orders import session_params

BROWSER = {"Accept": "text/html"}


@pytest.fixture
def control(send):
    """Return a function that sends JSON to the control page."""

    def control(path, **values):
        return send("POST", f"/control/{path}", json=values)

    return control


def test_page_shows_sessions_events_and_calls(api, simulator, send):
    """The page lists what happened, and says that the contract was kept."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id)

    page = send("GET", "/control/", headers=BROWSER)

    assert session.id[:20] in page.text
    assert "checkout.session.completed" in page.text
    assert "kept to the contract" in page.text


def test_browser_is_sent_back_to_the_page(running, send):
    """A form leads back to the page; without slash the page is found too."""
    cleared = send("POST", "/control/faults/clear", headers=BROWSER)
    bare = send("GET", "/control", headers=BROWSER)

    assert cleared.status_code == bare.status_code == 303
    assert cleared.headers["Location"] == f"{running.url}/control/"


def test_faults_are_ordered_and_cleared(control, simulator):
    """Accidents of API and deliveries are ordered by field, and cleared."""
    control("faults", match="POST /v1/refunds", when="after", times=2)
    control("deliveries", duplicate="2", drop="a.b, c.d", shuffle="on")

    assert simulator.faults.api[0].when == "after"
    assert simulator.faults.delivery.drop == ["a.b", "c.d"]
    assert simulator.faults.delivery.shuffle is True
    state = control("faults/clear").json()
    assert state["faults"] == []
    assert state["delivery_faults"]["duplicate"] == 0


@pytest.mark.parametrize(
    ("path", "values", "words"),
    [
        ("faults", {"match": "POST", "when": "never"}, "when is"),
        ("faults", {"mach": "POST"}, "Unknown field: mach"),
        ("faults", {}, "match"),
        ("faults", {"match": "GET", "answer": "none"}, "answer is"),
        ("faults", {"match": "GET", "accident": "fire"}, "error_before"),
        ("refunds/plan", {"status": "lost"}, "status is"),
        ("refunds/plan", {"pending_reason": "laziness"}, "pending_reason is"),
        ("charges/x/refund", {"amount": "0.5"}, "Not a whole number: amount"),
        ("endpoints", {"url": "ftp://x", "secrets": "s"}, "Not a web address"),
        ("endpoints", {"url": "http://x/"}, "No webhook secret"),
        ("deliveries", {"duplicate": "many"}, "many"),
        ("clock", {"move_seconds": "soon"}, "move_seconds"),
        ("clock", {"set_to": "soon"}, "Not a moment"),
        ("mode", {"mode": "fast"}, "auto or manual"),
        ("sessions/x/pay", {"step": "maybe"}, "pass or fail"),
        ("accounts/acct_x/spend", {}, "currency"),
    ],
)
def test_wrong_order_is_refused_by_name(control, path, values, words):
    """An order that cannot be read says which field is wrong."""
    answer = control(path, **values)

    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_clock_is_moved_set_and_reset(control, simulator):
    """The clock goes where it is sent, and back to real time."""
    control("clock", move_seconds=3600)
    assert round(simulator.clock.offset_seconds) == 3600

    moved = control("clock", set_to="2031-05-06T07:08:09").json()
    assert moved["clock"].startswith("2031-05-06T07:08:09")

    assert control("clock", reset=True).json()["clock_offset_seconds"] == 0


def test_payment_is_driven_from_outside(api, control):
    """Paying, settling, disputing, winning: all of it through JSON."""
    session = api.checkout.sessions.create(session_params())

    paid = control(f"sessions/{session.id}/pay", card="debit_ok").json()
    control(f"sessions/{session.id}/settle")
    charge = api.charges.list().data[0]
    dispute = control(f"charges/{charge.id}/dispute").json()
    closed = control(f"disputes/{dispute['id']}/close", won=True).json()

    assert paid["kind"] == "processing"
    assert api.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert closed["status"] == "won"


def test_refunds_are_driven_from_outside(api, simulator, control):
    """The next refunds are planned, made at the Dashboard and ended by order."""
    simulator.pay(api.checkout.sessions.create(session_params()).id)
    charge = api.charges.list().data[0].id

    planned = control("refunds/plan", status="requires_action", times=2).json()
    made = control(f"charges/{charge}/refund", amount=700).json()
    ended = control(f"refunds/{made['id']}/finish", status="canceled").json()

    assert planned["refund_plan"]["times"] == 2
    assert (made["status"], made["amount"]) == ("requires_action", 700)
    assert ended["status"] == "canceled"
    assert simulator.faults.refunds.times == 1


def test_disputes_are_driven_from_outside(api, simulator, control):
    """Inquire, escalate, answer, lose; in part when an amount is named."""
    simulator.pay(api.checkout.sessions.create(session_params()).id)
    charge = api.charges.list().data[0].id

    asked = control(f"charges/{charge}/warn", amount=4_000).json()
    seen = [
        control(f"disputes/{asked['id']}/{act}", won=False).json()["status"]
        for act in ("escalate", "respond", "close")
    ]

    assert (asked["status"], asked["amount"]) == ("warning_needs_response", 4_000)
    assert seen == ["needs_response", "under_review", "lost"]


def test_connected_accounts_are_driven_from_outside(api, control, transfer, pay_charge):
    """Connect, change, spend and reverse: all of it through JSON."""
    made = control("accounts", id="acct_x", country="fr").json()
    changed = control("accounts", id="acct_x", payouts_enabled="false").json()
    moved = control("platform", country="de").json()
    sent = transfer(pay_charge(), destination="acct_x")

    back = control(f"transfers/{sent.id}/reverse", amount=400).json()
    spent = control("accounts/acct_x/spend", currency="usd", amount=9_000).json()
    empty = control(f"transfers/{sent.id}/reverse")

    assert (made["country"], made["payouts_enabled"]) == ("FR", True)
    assert (changed["country"], changed["payouts_enabled"]) == ("FR", False)
    assert api.accounts.retrieve_current().country == moved["country"] == "DE"
    assert (back["object"], back["amount"]) == ("transfer_reversal", 400)
    assert spent["balances"] == {"usd": 600}
    assert empty.status_code == 400


def test_page_shows_transfers_and_accounts(simulator, transfer, pay_charge, send):
    """What was sent, what came back, and what the account could still spend."""
    sent = transfer(pay_charge())
    simulator.reversals.create(sent.id, {"amount": 400})

    page = send("GET", "/control/", headers=BROWSER).text

    for words in (sent.id, "$4.00", "Spend $96.00", "acct_beneficiary"):
        assert words in page


def test_endpoints_are_added_rolled_and_removed(control, simulator):
    """An endpoint is known by its address; its secrets are never told."""
    address = {"url": "http://127.0.0.1:9/connect/"}
    before = len(simulator.deliveries.endpoints)

    control("endpoints", **address, secrets="whsec_old", is_connect=True)
    told = control("endpoints", **address, secrets="whsec_new whsec_old").json()
    removed = control("endpoints/remove", **address).json()

    assert told["endpoints"][-1] == {
        "url": address["url"],
        "secrets": 2,
        "is_connect": False,
        "event_types": [],
    }
    assert "whsec_new" not in str(told)
    assert len(removed["endpoints"]) == before


def test_named_accident_is_ordered(control, simulator):
    """An accident is ordered by its name, for so many calls."""
    control("faults", match="POST /v1/refunds", accident="reset_after", times="3")

    (fault,) = simulator.faults.api
    assert (fault.answer, fault.when, fault.times) == ("reset", "after", 3)


def test_event_of_a_connected_account_is_ordered(control):
    """What happens on another account is ordered by type and account."""
    made = control("connected", type="charge.succeeded", account="acct_x").json()

    assert (made["type"], made["account"]) == ("charge.succeeded", "acct_x")


def test_help_explains_every_order(send, running):
    """The help is plain text, and names every address with its fields."""
    text = send("GET", "/control/help").text

    assert f"curl -X POST {running.url}/control/clock" in text
    assert "POST /control/charges/<id>/dispute" in text
    assert "insufficient_funds" in text
    assert len(send("GET", "/control/accidents").json()) > 10


def test_page_tells_what_is_wrong(send):
    """A form that cannot be read gets the page again, with the reason on it."""
    answer = send("POST", "/control/clock", headers=BROWSER, data="move_seconds=soon")

    assert answer.status_code == 400
    assert "Not a number: move_seconds" in answer.text
    assert "Checkout Sessions" in answer.text


def test_page_shows_all_kinds_of_rows(api, simulator, send):
    """Refunds say why they wait, disputes by when to answer, faults what they do."""
    simulator.pay(api.checkout.sessions.create(session_params()).id)
    charge = api.charges.list().data[0].id
    simulator.plan_refunds("pending", pending_reason="insufficient_funds", times=2)
    simulator.refund_at_dashboard(charge, 100)
    simulator.warn(charge)
    simulator.faults.add(accidents.make("truncated", "GET /v1/events", times=2))

    page = send("GET", "/control/", headers=BROWSER).text

    for words in ("insufficient funds", "Escalate", "truncated", "2 times"):
        assert words in page


def test_events_are_delivered_and_resent(api, control, webhook):
    """Deliveries can be made now, and one event once more."""
    session = api.checkout.sessions.create(session_params())
    control(f"sessions/{session.id}/expire")

    control("deliver")
    control(f"events/{webhook.events()[0]['id']}/resend")
    control("deliver")

    assert webhook.types() == ["checkout.session.expired"] * 2


def test_forms_of_other_sites_are_refused(send, simulator):
    """A page elsewhere cannot steer the simulator through a browser."""
    foreign = {"Origin": "https://elsewhere.example"}

    answer = send("POST", "/control/reset", headers=foreign)

    assert answer.status_code == 403
    assert simulator.violations == []


def test_unknown_address_and_object_are_told(control, send):
    """What does not exist is answered with 404."""
    assert control("nothing").status_code == 404
    assert control("sessions/cs_test_nothing/expire").status_code == 404
    assert send("GET", "/control/nothing").status_code == 404
    assert send("POST", "/control/mode", json=[]).status_code == 400


def test_violations_are_counted(send):
    """The count of violations is one address away."""
    answer = send("GET", "/control/violations")

    assert answer.json() == {"count": 0, "violations": []}


def test_reset_forgets_everything(api, control, simulator):
    """After a reset there is no Session, no call, no accident, no offset."""
    api.checkout.sessions.create(session_params())
    simulator.clock.move(60)

    control("reset")

    assert simulator.sessions() == []
    assert simulator.calls == []
    assert simulator.clock.offset_seconds == 0
