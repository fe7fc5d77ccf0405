"""An order, for whoever holds its token."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from store.api import throttles
from store.api.describing import describe
from store.api.serializers import orders as order_serializers
from store.api.views import base
from store.models import Order
from store.services import orders


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
