"""The simulator as a program, and what it refuses to be."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent import futures

import pytest
import requests
import stripe

from demo.stripe_simulator import server
from tests import stripe_contract
from tests.stripe_orders import error_of, session_params


def make_api(url, key="sk_test_x"):
    """Return the SDK, pointed at an address."""
    client = stripe.StripeClient(
        key, base_addresses={"api": url}, http_client=stripe_contract.RecordingClient()
    )
    return client.v1


@pytest.fixture
def program(tmp_path):
    """Return a function that starts the program; all are ended afterwards."""
    started = []

    def start(*arguments, **environment):
        command = [sys.executable, "-m", "demo.stripe_simulator", *arguments]
        environment.setdefault("DJANGO_SETTINGS_MODULE", "")
        process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def url_of(process):
    """Return the address a program says it is ready at."""
    return process.stdout.readline().split()[-1]


def test_program_keeps_its_state(program, tmp_path):
    """What was made before a stop or a kill is there after the next start."""
    arguments = ("--port", "0", "--state", str(tmp_path / "new" / "state.sqlite"))
    first = program(*arguments)
    made = make_api(url_of(first)).checkout.sessions.create(session_params())
    first.kill()
    first.wait()

    second = program(*arguments)
    url = url_of(second)
    found = make_api(url).checkout.sessions.retrieve(made.id)
    second.send_signal(signal.SIGTERM)

    assert found.client_reference_id == made.client_reference_id
    assert found.url == f"{url}/pay/{made.id}"
    assert second.wait(timeout=20) == 0


def test_program_needs_no_django_settings(program, send):
    """Its pages come up in a process where Django is not configured."""
    url = url_of(program("--port", "0"))
    api = make_api(url)
    paid = api.checkout.sessions.create(session_params())
    send("POST", f"{url}/control/sessions/{paid.id}/pay")
    session = api.checkout.sessions.create(session_params())

    control = send("GET", f"{url}/control/", headers={"Accept": "text/html"})

    assert control.status_code == 200
    assert send("GET", session.url).status_code == 200


def test_program_reads_the_environment(program):
    """Every option may come from the environment."""
    process = program(
        STRIPE_SIMULATOR_PORT="0",
        STRIPE_SIMULATOR_PUBLIC_URL="http://pay.example:8080/",
        STRIPE_SIMULATOR_WEBHOOK_URL="http://127.0.0.1:9/",
        STRIPE_SIMULATOR_WEBHOOK_SECRET="whsec_new,whsec_old",
    )

    session = make_api(url_of(process)).checkout.sessions.create(session_params())

    assert session.url == f"http://pay.example:8080/pay/{session.id}"


def test_program_serves_several_endpoints(program, send):
    """Endpoints of one's own and one for connected accounts, each with its secrets."""
    first, second = "http://127.0.0.1:9/a/", "http://127.0.0.1:9/b/"
    given = ("--endpoint", first, "whsec_a", "--connect-endpoint", second, "whsec_b,c")
    url = url_of(program("--port", "0", *given))

    told = send("GET", f"{url}/control/state").json()["endpoints"]

    assert [(one["url"], one["secrets"], one["is_connect"]) for one in told] == [
        (first, 1, False),
        (second, 2, True),
    ]


def test_program_reads_the_past_by_itself(program, send, tmp_path):
    """Payments written to the file of the past appear while the program runs."""
    path = tmp_path / "past.jsonl"
    url = url_of(program("--port", "0", "--past", str(path)))
    names = ("session", "order", "email")
    past = dict.fromkeys(names, "cs_sample_1") | {"currency": "USD", "amount": 500}

    path.write_text(json.dumps(past | {"created": 1, "expires_at": 2}))

    api = make_api(url)
    deadline = time.monotonic() + 10
    while not api.checkout.sessions.list().data and time.monotonic() < deadline:
        time.sleep(0.05)
    assert api.checkout.sessions.list().data[0].id == "cs_sample_1"


def test_same_seed_gives_the_same_ids(program):
    """With a seed a run can be repeated, ids included."""
    urls = [url_of(program("--port", "0", "--seed", "soak-7")) for _ in range(2)]

    made = [make_api(url).checkout.sessions.create(session_params()) for url in urls]

    assert made[0].id == made[1].id


def test_program_explains_itself(program):
    """The help names every option and the way to the control page."""
    said, _ = program("--help").communicate(timeout=20)

    for words in ("--past", "--connect-endpoint", "/control/help", "No money moves"):
        assert words in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("--host", "0.0.0.0"),  # noqa: S104  refused
        ("--webhook-url", "http://127.0.0.1:9/"),
    ],
)
def test_program_refuses_what_is_unsafe(program, arguments):
    """It listens to this machine only, and sends no unsigned events."""
    process = program("--port", "0", *arguments)
    _, said = process.communicate(timeout=20)

    assert process.returncode == 2
    assert "stripe_simulator:" in said


def test_other_addresses_need_a_word():
    """A host others can reach is taken only when it is meant."""
    host = "0.0.0.0"  # noqa: S104  refused, then meant

    with pytest.raises(server.RemoteAddressError):
        server.start(host=host)

    server.start(host=host, allow_remote=True).stop()


def test_health_answers_when_ready(send):
    """The probe says that it is ready and which version it speaks."""
    answer = send("GET", "/health")

    assert answer.status_code == 200
    assert answer.json()["api"] == stripe_contract.contract().version


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x", "whatever", ""])
def test_only_test_keys_are_taken(send, simulator, key):
    """Live keys are refused, and so is what is no key."""
    headers = {"Authorization": f"Bearer {key}"}

    answer = send("GET", "/v1/events", headers=headers)

    assert answer.status_code == 401
    assert ("Live keys" in error_of(answer)["message"]) == ("live" in key)
    assert not simulator.objects("event")


def test_live_key_is_an_authentication_error(running):
    """The SDK raises its own error for a live key."""
    with pytest.raises(stripe.AuthenticationError):
        make_api(running.url, "sk_live_x").events.list()


def test_restricted_test_key_is_taken(running):
    """A restricted test key works as well."""
    assert make_api(running.url, "rk_test_x").events.list().data == []


def test_other_version_is_refused(send):
    """The simulator speaks the version of the installed SDK only."""
    headers = {"Authorization": "Bearer sk_test_x", "Stripe-Version": "2020-08-27"}

    assert send("GET", "/v1/events", headers=headers).status_code == 400


def test_call_not_simulated_is_refused(running):
    """A call the API has and the simulator has not is refused by name."""
    with pytest.raises(stripe.InvalidRequestError, match="POST /v1/payment_intents"):
        make_api(running.url).payment_intents.create({"amount": 1, "currency": "usd"})


@pytest.mark.parametrize(
    "expand", [["line_items.data.price.product.x"], ["nothing"], ["status.x.y.z.w"]]
)
def test_impossible_expansion_is_refused(running, expand):
    """An expansion that leads nowhere or too deep is refused."""
    api = make_api(running.url)
    session = api.checkout.sessions.create(session_params())

    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.checkout.sessions.retrieve(session.id, {"expand": expand})

    assert caught.value.param == "expand"


def test_many_callers_at_once_are_served(running):
    """Sixteen callers at once get sixteen Sessions."""

    def create(number):
        key = {"idempotency_key": f"order-{number}"}
        api = make_api(running.url)
        return api.checkout.sessions.create(session_params(), key).id

    with futures.ThreadPoolExecutor(16) as pool:
        ids = set(pool.map(create, range(16)))

    assert ids == {session["id"] for session in running.simulator.sessions()}
    assert len(ids) == 16


def test_browser_finds_its_way(running, send):
    """The bare address leads to the control page; an icon is not missed."""
    assert send("GET", "/").headers["Location"] == f"{running.url}/control/"
    assert send("GET", "/favicon.ico").status_code == 204


def test_style_sheet_is_served(send):
    """The pages' only asset comes from the simulator itself."""
    answer = send("GET", "/assets/simulator.css")

    assert answer.headers["Content-Type"].startswith("text/css")
    assert requests.codes.ok == answer.status_code
