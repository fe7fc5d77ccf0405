"""The live line in a browser: it follows the keys, and a strict policy lets it."""

import pytest
from django.urls import reverse

from store.domain.order import PieceStatus
from store.models import Piece
from tests.store_factories import make_chain, make_item, make_stone

ADDRESS = "admin:store_piece_change"
LAST_STEP = {
    "place": "New York",
    "country": "US",
    "happened_on": "2020-02-14",
    "actor": "Hollow Oak Workshop",
    "document": "Work record 12",
    "document_sha256": "0" * 64,
}


@pytest.fixture
def draft(transactional_db):
    """A piece that lacks nothing but the step of setting."""
    piece = Piece.objects.create(item=make_item(), serial_number="DTC-9")
    make_stone(piece=piece)
    make_chain(piece=piece, kinds=("mined", "sorted", "cut", "polished", "graded"))
    return piece


@pytest.fixture
def form(page, live_server, admin_client, draft):
    """The piece's form in a browser that is logged in."""
    session = admin_client.cookies["sessionid"].value
    page.context.add_cookies(
        [{"name": "sessionid", "value": session, "url": live_server.url}]
    )
    page.goto(live_server.url + reverse(ADDRESS, args=[draft.pk]))
    return page


def test_line_follows_the_keys(form, draft):
    """The gap is told, filled by typing, told again when a row is ticked off."""
    answer = form.get_by_role("status")
    answer.get_by_text("Add the step “set” to the chain.").wait_for()

    for name, value in LAST_STEP.items():
        form.fill(f"#id_events-5-{name}", value)
    answer.get_by_text("Yes: nothing is missing.").wait_for()
    form.check("#id_events-0-DELETE")
    answer.get_by_text("Add the step “mined” to the chain.").wait_for()
    form.uncheck("#id_events-0-DELETE")
    answer.get_by_text("Yes: nothing is missing.").wait_for()

    form.get_by_role("button", name="Save and put on sale").click()
    form.get_by_text("DTC-9: put on sale.").wait_for()
    draft.refresh_from_db()
    assert draft.status == PieceStatus.ON_SALE


def test_removed_rows_leave_the_others_alone(form, draft):
    """Taking away an offered row moves the next one up, and still nothing is saved."""
    draft.events.filter(kind="graded").delete()
    form.reload()
    assert form.input_value("#id_events-4-kind") == "graded"

    form.locator("#events-4 .inline-deletelink").click()
    assert form.input_value("#id_events-4-kind") == "set"
    form.get_by_role("button", name="Save", exact=True).click()

    form.get_by_text("was changed successfully").wait_for()
    assert draft.events.count() == 4
