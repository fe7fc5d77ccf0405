"""Every screen opens, and the ones about money only show."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from store import models
from tests.store_factories import make_item, make_piece

READ_ONLY = [
    models.Cart,
    models.CartLine,
    models.Certificate,
    models.CustodyEvent,
    models.Difference,
    models.Dispute,
    models.Hold,
    models.Line,
    models.Message,
    models.Order,
    models.Payment,
    models.PaymentAttempt,
    models.Refund,
    models.RefundLine,
    models.Return,
    models.ReturnLine,
    models.Stone,
    models.StoredAnswer,
    models.Transfer,
    models.TransferRecall,
    models.VoucherUse,
    models.WebhookEvent,
]
MODELS = sorted(apps.get_app_config("store").get_models(), key=lambda m: m.__name__)


def _address(model, page, *args):
    return reverse(f"admin:store_{model._meta.model_name}_{page}", args=args)


def _columns(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.fields}


@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_reachable(admin_client, paid_order, model):
    """Each model has a list and a form, and both open."""
    row = model.objects.first()

    listed = admin_client.get(_address(model, "changelist"))
    shown = admin_client.get(_address(model, "change", row.pk))

    assert (listed.status_code, shown.status_code) == (200, 200)


@pytest.mark.parametrize("model", READ_ONLY)
def test_money_cannot_be_added(admin_client, paid_order, model):
    """Nobody makes up an order, a payment or a certificate."""
    before = model.objects.count()

    response = admin_client.post(_address(model, "add"), {"amount": "1"})

    assert response.status_code == 403
    assert model.objects.count() == before


@pytest.mark.parametrize("model", READ_ONLY)
def test_money_cannot_be_changed(admin_client, paid_order, model):
    """A posted form changes no column, whoever posts it."""
    row = model.objects.first()
    before = _columns(row)

    response = admin_client.post(
        _address(model, "change", row.pk),
        {"amount": "1", "total_amount": "1", "status": "refunded", "text": "{}"},
    )

    assert response.status_code == 403
    assert _columns(model.objects.get(pk=row.pk)) == before


@pytest.mark.parametrize("model", READ_ONLY)
def test_money_cannot_be_deleted(admin_client, paid_order, model):
    """Neither the form nor the action deletes a row."""
    row = model.objects.first()

    form = admin_client.post(_address(model, "delete", row.pk), {"post": "yes"})
    admin_client.post(
        _address(model, "changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )

    assert form.status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def test_strangers_are_sent_to_the_login(client, paid_order):
    """Without a login no screen opens."""
    response = client.get(_address(models.Order, "changelist"))

    assert response.status_code == 302


@pytest.mark.parametrize("model", MODELS)
def test_lists_cost_the_same_at_any_length(
    admin_client, paid_order, model, django_assert_max_num_queries
):
    """A list asks for its rows at once, not row by row."""
    item = make_item(collection=paid_order.lines.get().piece.item.collection)
    for _ in range(5):
        make_piece(item=item)

    with django_assert_max_num_queries(16):
        admin_client.get(_address(model, "changelist"))


@pytest.mark.parametrize("model", MODELS)
def test_every_list_can_be_searched(admin_client, paid_order, model):
    """Each list has a search that answers."""
    screen = admin.site.get_model_admin(model)

    response = admin_client.get(_address(model, "changelist"), {"q": "DTC-1"})

    assert screen.search_fields
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [("DTC-1", 1), ("customer@example.com", 1), ("DTC-2", 0), ("nobody", 0)],
)
def test_orders_are_found_by_what_people_know(admin_client, paid_order, query, found):
    """An order is found by serial number and email."""
    response = admin_client.get(_address(models.Order, "changelist"), {"q": query})

    assert response.context["cl"].result_count == found


def test_amounts_are_shown_as_money(admin_client, paid_order):
    """Staff read $2,499.00, not minor units."""
    page = admin_client.get(_address(models.Order, "change", paid_order.pk))

    text = page.content.decode()
    assert "$2,499.00" in text
    assert "$249.90" in text


def test_an_order_shows_what_hangs_on_it(admin_client, paid_order):
    """One screen links the piece, its certificate, the payment and the mail."""
    page = admin_client.get(_address(models.Order, "change", paid_order.pk))

    text = page.content.decode()
    line = paid_order.lines.get()
    for target in (line.piece, line.certificate, paid_order.payments.get()):
        assert _address(type(target), "change", target.pk) in text
    assert "Confirmation after payment" in text


def test_secrets_are_not_shown(admin_client, paid_order):
    """No screen prints a cart's token, a payment page's address, an API's answer."""
    cart = models.Cart.objects.first()
    answer = models.StoredAnswer.objects.get()
    attempt = paid_order.attempts.get()
    models.PaymentAttempt.objects.filter(pk=attempt.pk).update(url="https://pay/secret")

    pages = [
        admin_client.get(_address(models.Cart, "change", cart.pk)),
        admin_client.get(_address(models.PaymentAttempt, "change", attempt.pk)),
        admin_client.get(_address(models.Order, "change", paid_order.pk)),
        admin_client.get(_address(models.StoredAnswer, "change", answer.pk)),
    ]

    text = "".join(page.content.decode() for page in pages)
    assert cart.token not in text
    assert "https://pay/secret" not in text
    assert answer.body not in text
