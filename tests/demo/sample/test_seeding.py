"""The sample data: everything is shown, everything adds up, nothing comes twice."""

import csv
import io
from datetime import UTC, datetime
from pathlib import PurePath

import pytest
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone
from rich.console import Console

from demo.sample import designs, seeding, stock
from demo.sample.archive import NothingLeftToSellError
from demo.sample.progress import Progress
from donations import models as giving
from donations.services import audit, pledges, seals
from store import models
from store.domain.order import OrderStatus, PieceStatus
from store.services import catalog, certificates

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("seeded")

ONE_OF_A_KIND = {d.slug for d in designs.read_designs() if d.pieces == 1}


@pytest.fixture(scope="module")
def sample(django_db_setup, django_db_blocker, tmp_path_factory):
    """The sample, seeded once for the module, and the folder of its files."""
    folder = tmp_path_factory.mktemp("sample")
    places = {"MEDIA_ROOT": folder, "MAIL_ROOT": folder / "mail"}
    with django_db_blocker.unblock(), override_settings(**places):
        _seed()
        yield folder
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def seeded(sample, db, settings):
    """The seeded sample; what a test changes in the database is undone."""
    settings.MEDIA_ROOT = sample
    models.ItemImage.objects.update(rendered_at=timezone.now())


def _seed(items=14, orders=seeding.TOLD, at=NOW):
    """Seed, and return what was said."""
    said = io.StringIO()
    wanted = seeding.Wanted(items=items, orders=orders, at=at)
    seeding.seed(wanted, Progress(Console(file=said)))
    return said.getvalue()


def _count():
    return {
        model.__name__: model.objects.count()
        for model in (
            *(models.Item, models.Piece, models.Certificate, models.ItemImage),
            *(models.Order, models.Payment, models.Refund, models.Message),
            *(giving.Donation, giving.Entry, giving.Settlement, giving.Project),
            *(giving.Closing, giving.Seal),
        )
    }


def test_every_picture_is_used():
    """Each picture of the catalogue is shown once, with the text it came with."""
    manifest = (designs.CATALOGUE / "manifest.csv").read_text(encoding="utf-8")
    rows = {
        row["file"]: row["alt_text"] for row in csv.DictReader(io.StringIO(manifest))
    }
    shown = {
        PurePath(image.file.name).name: image.alt_text
        for model in (models.ItemImage, models.CollectionImage)
        for image in model.objects.all()
    }
    assert shown == rows
    assert (designs.CATALOGUE / "LICENSE.txt").exists()


def test_items_have_pieces_in_sizes():
    """Each item has three to eight pieces, or is one of a kind."""
    sizes = {item.slug: item.pieces.count() for item in models.Item.objects.published()}
    assert (len(sizes), len(ONE_OF_A_KIND)) == (14, 2)
    assert {slug for slug, pieces in sizes.items() if pieces == 1} == ONE_OF_A_KIND
    assert all(3 <= n <= 8 for slug, n in sizes.items() if slug not in ONE_OF_A_KIND)


def test_something_of_every_item_is_left():
    """After a year of orders each item can still be bought."""
    left = models.Item.objects.with_availability().filter(is_available=True)
    assert left.count() == 14


def test_pieces_on_sale_have_certificates():
    """Every piece for sale has a certificate whose text still has its digest."""
    pieces = models.Piece.objects.exclude(status=PieceStatus.DRAFT)
    for piece in pieces.select_related("certificate"):
        assert certificates.verify_certificate(certificate=piece.certificate)
        assert certificates.missing_for_sale(piece=piece) == []


def test_incomplete_pieces_are_refused():
    """Pieces that lack a step are drafts, and the publish gate says what is missing."""
    for serial_number, step in stock.INCOMPLETE.items():
        piece = models.Piece.objects.get(serial_number=serial_number)
        assert piece.status == PieceStatus.DRAFT
        with pytest.raises(catalog.ChainIncompleteError, match=step.value):
            catalog.put_on_sale(piece_ids=[piece.pk], at=NOW)


def test_promise_is_live():
    """A tenth goes to Feeding America, today and for months to come."""
    collection = models.Collection.objects.get(slug="diamonds-that-care")
    terms = pledges.get_terms(pledge_id=collection.pledge_id, on=NOW.date())
    assert terms.percent_text == "10%"
    assert terms.beneficiaries[0].name == "Feeding America"
    assert (terms.ends_on - NOW.date()).days > 150
    assert giving.Project.objects.count() == 5


def test_a_year_of_orders_is_told():
    """Orders of a whole year are there: paid, returned and expired ones."""
    orders = models.Order.objects.order_by("placed_at")
    first, last = orders.first().placed_at, orders.last().placed_at
    assert orders.count() == seeding.TOLD
    assert (last - first).days > 300
    assert last < NOW
    assert set(orders.values_list("status", flat=True)) == {
        OrderStatus.PAID,
        OrderStatus.REFUNDED,
        OrderStatus.EXPIRED,
    }


def test_gifts_are_settled_by_two_people():
    """One is acknowledged, one failed and was paid again, and a draft waits."""
    found = list(giving.Settlement.objects.order_by("pk"))
    statuses = [settlement.status for settlement in found]
    assert statuses == ["acknowledged", "failed", "paid", "drafted"]
    assert all(one.approved_by_id != one.drafted_by_id for one in found)


def test_every_gift_is_what_was_promised():
    """The ledger holds the shares of what was kept, and the audit finds nothing."""
    kept = models.Order.objects.filter(status=OrderStatus.PAID)
    promised = sum(kept.values_list("donation_amount", flat=True))
    held = sum(giving.Donation.objects.values_list("posted_amount", flat=True))
    assert held == promised > 0
    assert list(audit.audit_ledger()) == []


def test_first_period_is_closed_by_two_people():
    """One closes, another one signs; every entry is sealed, and states are told."""
    closing = giving.Closing.objects.get()

    assert closing.closed_by_id != closing.signed_by_id
    assert closing.pledge.closed_until == closing.ends_on
    assert seals.count_unsealed() == 0
    territories = set(giving.Donation.objects.values_list("delivered_to", flat=True))
    assert all(place.startswith("US-") for place in territories)


def test_confirmations_are_sent():
    """Each paid order has had its mail, and each refund one more."""
    messages = models.Message.objects.values_list("status", flat=True)
    owed = models.Payment.objects.count() + models.Refund.objects.count()
    assert set(messages) == {"sent"}
    assert len(messages) == owed


def test_second_run_adds_nothing():
    """Seeding again keeps what is there, a week later as well."""
    before = _count()

    said = _seed(at=NOW.replace(day=27))

    assert _count() == before
    assert said == ""


def test_larger_run_adds_what_is_missing():
    """Asked for more, seeding adds items and orders, and the ledger still adds up."""
    said = _seed(items=34, orders=54)

    assert models.Item.objects.published().count() == 34
    assert models.Order.objects.count() == 54
    assert "Made-up items: 20" in said
    assert list(audit.audit_ledger()) == []


def test_made_up_items_keep_a_piece():
    """However many orders are filed, each made-up item can still be bought."""
    _seed(items=18, orders=64)

    left = models.Item.objects.with_availability().filter(is_available=True)
    assert left.count() == 18


def test_too_many_orders_are_refused():
    """More orders than pieces are refused with a way out, and nothing is half filed."""
    before = _count()

    with pytest.raises(NothingLeftToSellError, match="ask for more items"):
        _seed(orders=60)

    assert _count() == before
