"""An order for whoever holds its token, and the list of all for staff."""

from http import HTTPStatus
from typing import Any

from django.http import Http404
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from store.api import examples, filters, idempotency, pagination, throttles
from store.api.describing import STAFF, Details, describe
from store.api.serializers import orders as order_serializers
from store.api.serializers import returns as return_serializers
from store.api.serializers import staff
from store.api.views import base
from store.models import Order
from store.services import orders, returns


class OrderList(base.StaffList):
    """All orders, for staff."""

    http_method_names = ["get", "head"]
    needs = {"GET": "store.view_order"}
    queryset = Order.objects.prefetch_related("payments", "lines__piece")
    serializer_class = staff.StaffOrderSerializer
    pagination_class = pagination.KeysetPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = filters.OrderFilter
    orderings = {"newest": ("-placed_at", "-id"), "oldest": ("placed_at", "id")}

    @describe(
        "orders_list",
        "List orders (staff)",
        tag="staff",
        good=staff.StaffOrderSerializer(many=True),
        bad=(400, 401, 403),
        details=Details(auth=STAFF),
    )
    def get(self, request: Request) -> Response:
        """List and search orders. Needs the permission store.view_order."""
        return self.list_page()


class OrderDetail(base.StoreView):
    """One order, for whoever holds its token."""

    queryset = Order.objects.all()
    serializer_class = order_serializers.OrderSerializer
    throttle_classes = [throttles.OrderThrottle, throttles.GuessThrottle]

    @describe(
        "orders_retrieve",
        "Read an order",
        tag="orders",
        good=order_serializers.OrderSerializer,
        bad=(404,),
    )
    def get(self, request: Request, token: str) -> Response:
        """Read one order by its secret token; a guessed one does not exist."""
        try:
            view = orders.read_order(token=token)
        except Order.DoesNotExist as error:
            throttles.count_guess(request)
            raise Http404 from error
        context = {"lines": view.lines}
        return Response(
            order_serializers.OrderSerializer(view.order, context=context).data,
            headers=base.SECRET,
        )


class OrderReturns(base.WritingView):
    """Wishes to send pieces of an order back."""

    http_method_names = ["post"]
    queryset = Order.objects.all()
    throttle_classes = [throttles.OrderThrottle, throttles.GuessThrottle]

    @describe(
        "orders_returns_create",
        "Ask to send pieces back",
        tag="orders",
        good=return_serializers.ReturnSerializer,
        bad=(400, 404, 409, 422),
        details=Details(
            body=return_serializers.ReturnInputSerializer,
            status=201,
            parameters=(idempotency.PARAMETER,),
            examples=examples.RETURN,
        ),
    )
    def post(self, request: Request, token: str) -> Response:
        """Ask to send pieces of a paid order back; the shop answers by mail."""
        idempotency.read_key(request)
        wanted = self.read_body(return_serializers.ReturnInputSerializer)
        order = Order.objects.filter(token=token).first()
        if order is None:
            throttles.count_guess(request)
            raise Http404
        line_ids = find_line_ids(order, wanted["lines"], field="lines")
        return self.answer_once(
            f"return:{token}",
            lambda: _request_return(order, line_ids, wanted),
            is_atomic=True,
        )


def find_line_ids(
    order: Order, serial_numbers: list[str], *, field: str
) -> tuple[int, ...]:
    """Return the lines of these pieces.

    Raises:
        ValidationError: a piece is not the order's; it is named under `field`.
    """
    known = dict(order.lines.values_list("piece__serial_number", "pk"))
    unknown = [serial for serial in serial_numbers if serial not in known]
    if unknown:
        texts = [f"{serial} is no piece of this order." for serial in unknown]
        raise ValidationError({field: texts})
    return tuple(known[serial] for serial in dict.fromkeys(serial_numbers))


def _request_return(
    order: Order, line_ids: tuple[int, ...], wanted: dict[str, Any]
) -> Response:
    wish = returns.request_return(
        order_token=order.token,
        line_ids=line_ids,
        reason=wanted["reason"],
        at=timezone.now(),
    )
    shown = return_serializers.ReturnSerializer(wish).data
    return Response(shown, status=HTTPStatus.CREATED)
