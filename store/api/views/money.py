"""Money that goes back, for staff: refunds, disputes, differences with Stripe."""

from http import HTTPStatus
from typing import Any

from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from store.api import examples, filters, idempotency, pagination
from store.api.describing import STAFF, Details, describe
from store.api.serializers import staff
from store.api.views import base, orders
from store.models import Difference, Dispute, Order, Payment, Refund
from store.services import refunds


class RefundList(base.StaffList):
    """All refunds, and new ones."""

    http_method_names = ["get", "head", "post"]
    needs = {"GET": "store.view_refund", "POST": "store.add_refund"}
    queryset = Refund.objects.select_related(
        "payment__order", "requested_by"
    ).prefetch_related("lines__line__piece")
    serializer_class = staff.RefundSerializer
    pagination_class = pagination.KeysetPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = filters.RefundFilter
    orderings = {"newest": ("-id",), "oldest": ("id",)}

    @describe(
        "refunds_list",
        "List refunds (staff)",
        tag="staff",
        good=staff.RefundSerializer(many=True),
        bad=(400, 401, 403),
        details=Details(auth=STAFF),
    )
    def get(self, request: Request) -> Response:
        """List refunds. Needs the permission store.view_refund."""
        return self.list_page()

    @describe(
        "refunds_create",
        "Refund an order (staff)",
        tag="staff",
        good=staff.RefundSerializer,
        bad=(400, 401, 403, 409, 422),
        details=Details(
            body=staff.RefundInputSerializer,
            status=201,
            parameters=(idempotency.PARAMETER,),
            examples=examples.REFUND,
            auth=STAFF,
        ),
    )
    def post(self, request: Request) -> Response:
        """Owe a refund; a worker asks Stripe for it. Needs store.add_refund.

        It is answered before Stripe is asked: follow its status in the list.
        """
        idempotency.read_key(request)
        wanted = self.read_body(staff.RefundInputSerializer)
        payment = _find_payment(wanted["order"])
        wish = _read_wish(payment, wanted)
        return self.answer_once(
            f"user:{request.user.pk}",
            lambda: self._refund(payment, wish, wanted["reason"]),
            is_atomic=True,
        )

    def _refund(self, payment: Payment, wish: refunds.Wish, reason: str) -> Response:
        refund = refunds.request_refund(
            payment_id=payment.pk,
            wish=wish,
            origin=Refund.Origin.STAFF,
            reason=reason,
            requested_by_id=self.request.user.pk,
            at=timezone.now(),
        )
        shown = self.get_serializer(self.get_queryset().get(pk=refund.pk)).data
        return Response(shown, status=HTTPStatus.CREATED)


class DisputeList(base.StaffList):
    """All disputes."""

    http_method_names = ["get", "head"]
    needs = {"GET": "store.view_dispute"}
    queryset = Dispute.objects.select_related("payment__order")
    serializer_class = staff.DisputeSerializer
    pagination_class = pagination.KeysetPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = filters.DisputeFilter
    orderings = {"newest": ("-id",), "oldest": ("id",)}

    @describe(
        "disputes_list",
        "List disputes (staff)",
        tag="staff",
        good=staff.DisputeSerializer(many=True),
        bad=(400, 401, 403),
        details=Details(auth=STAFF),
    )
    def get(self, request: Request) -> Response:
        """List disputes. Needs the permission store.view_dispute."""
        return self.list_page()


class DifferenceList(base.StaffList):
    """All differences with Stripe."""

    http_method_names = ["get", "head"]
    needs = {"GET": "store.view_difference"}
    queryset = Difference.objects.select_related("order", "owner")
    serializer_class = staff.DifferenceSerializer
    pagination_class = pagination.KeysetPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = filters.DifferenceFilter
    orderings = {"newest": ("-found_at", "-id"), "oldest": ("found_at", "id")}

    @describe(
        "differences_list",
        "List differences with Stripe (staff)",
        tag="staff",
        good=staff.DifferenceSerializer(many=True),
        bad=(400, 401, 403),
        details=Details(auth=STAFF),
    )
    def get(self, request: Request) -> Response:
        """List differences. Needs the permission store.view_difference."""
        return self.list_page()


def _find_payment(number: str) -> Payment:
    """Return the payment that sold the order.

    Raises:
        ValidationError: there is no such order, or nobody paid for it.
    """
    order = Order.objects.filter(number__iexact=number).first()
    if order is None:
        raise ValidationError({"order": ["There is no such order."]})
    payment = order.payments.filter(is_counted=True).select_related("order").first()
    if payment is None:
        raise ValidationError({"order": ["No payment sold this order."]})
    return payment


def _read_wish(payment: Payment, wanted: dict[str, Any]) -> refunds.Wish:
    amount = wanted.get("amount")
    if amount and amount["currency"] != payment.currency:
        message = f"The order was paid in {payment.currency}."
        raise ValidationError({"amount": {"currency": [message]}})
    order = payment.order
    restock = orders.find_line_ids(order, wanted.get("restock", []), field="restock")
    return refunds.Wish(
        amount=amount["amount"] if amount else None,
        line_ids=orders.find_line_ids(order, wanted.get("lines", []), field="lines"),
        restock_ids=restock,
        is_shipping_included=wanted.get("is_shipping_included", False),
    )
