"""Many of staff at once, one payment: each guard against too much, and without all."""

from threading import Barrier

import pytest
from django.db import connection
from django.db.models import F

from store.models import Order, Payment, Refund
from store.services import refund_rows, refunds
from tests.journeys.races import run_together
from tests.store.services import money

PRICE = 249_900


def race_for_two_thirds(sale, at):
    """Let four of staff ask for two thirds at once; return who got what."""
    found = run_together(4, lambda _: sale.request(at, amount=PRICE * 2 // 3))
    return [type(one) for one in found]


@pytest.mark.checklist("R1")
@pytest.mark.django_db(transaction=True)
def test_many_staff_at_once_get_what_is_left(simulator, at):
    """Of four who ask for two thirds at once, one gets it."""
    sale = money.buy(simulator, at)

    found = race_for_two_thirds(sale, at)

    assert found.count(Refund) == 1
    assert found.count(refunds.RefundTooLargeError) == 3
    assert len(sale.refunds) == 1


@pytest.mark.checklist("R1")
@pytest.mark.django_db(transaction=True)
def test_conditional_update_alone_is_enough(simulator, at, monkeypatch):
    """Where rows cannot be locked the conditional update still lets one through."""
    monkeypatch.setattr(
        refunds.orders, "lock_order", lambda pk: Order.objects.get(pk=pk)
    )
    sale = money.buy(simulator, at)

    found = race_for_two_thirds(sale, at)

    assert found.count(Refund) == 1
    # Refused by the condition, before the database has to.
    assert found.count(refunds.RefundTooLargeError) == 3


@pytest.mark.django_db(transaction=True)
def test_without_guards_too_much_goes_back(simulator, at, monkeypatch):
    """Negative control: without lock, condition and constraint several get it."""
    together = Barrier(4)

    def owe_unasked(*, payment, amount, cause, at):
        # All have seen that enough is left.
        together.wait(timeout=60)
        Payment.objects.filter(pk=payment.pk).update(
            refunded_amount=F("refunded_amount") + amount
        )
        return Refund.objects.create(
            payment=payment, amount=amount, next_try_at=at, created_at=at
        )

    monkeypatch.setattr(
        refunds.orders, "lock_order", lambda pk: Order.objects.get(pk=pk)
    )
    monkeypatch.setattr(refund_rows, "owe", owe_unasked)
    sale = money.buy(simulator, at)
    name = "store_payment_refunds_within_amount"
    rule = next(one for one in Payment._meta.constraints if one.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Payment, rule)
    try:
        found = race_for_two_thirds(sale, at)
    finally:
        Payment.objects.update(refunded_amount=0)
        with connection.schema_editor() as editor:
            editor.add_constraint(Payment, rule)

    assert found.count(Refund) > 1
