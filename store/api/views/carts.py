"""Carts: gather pieces, choose, check out. Whoever has a cart's id has the cart."""

from http import HTTPStatus
from typing import Any

from django.http import Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from store.api import addresses, examples, idempotency, throttles
from store.api.describing import Details, describe, path_text
from store.api.serializers import carts as shapes
from store.api.views import base
from store.domain.choices import Choices
from store.models import Cart
from store.services import cart_summaries, carts, checkout, vouchers

_SERIAL = path_text("serial_number", "The piece, as it is written on it.")


class CartView(base.WritingView):
    """A view of one cart, found by its token; unknown ones are counted as guesses."""

    queryset = Cart.objects.all()
    throttle_classes = [throttles.ReadThrottle, throttles.GuessThrottle]

    def find_cart(self, token: str) -> Cart:
        """Return the cart.

        Raises:
            Http404: nobody has it.
        """
        cart = Cart.objects.filter(token=token).first()
        if cart is None:
            throttles.count_guess(self.request)
            raise Http404
        return cart

    def show_cart(
        self,
        token: str,
        status: HTTPStatus = HTTPStatus.OK,
        choices: Choices = cart_summaries.NOTHING_CHOSEN,
    ) -> Response:
        """Answer the cart as it is now."""
        cart = carts.read_cart(token=token, at=timezone.now(), choices=choices)
        context = {"token": token}
        shown = shapes.CartSerializer(cart, context=context).data
        return Response(shown, status=status, headers=base.SECRET)


class CartList(CartView):
    """New carts."""

    http_method_names = ["post"]

    @describe(
        "carts_create",
        "Begin a cart",
        tag="carts",
        good=shapes.CartSerializer,
        bad=(400,),
        details=Details(body=None, status=201),
    )
    def post(self, request: Request) -> Response:
        """Make an empty cart; its id is the key to it, so keep it like one."""
        self.read_body(shapes.NewCartInputSerializer)
        token = carts.open_cart(at=timezone.now())
        answer = self.show_cart(token, HTTPStatus.CREATED)
        answer["Location"] = addresses.absolute_to("store_api:cart", token)
        return answer


class CartDetail(CartView):
    """One cart."""

    http_method_names = ["get", "head"]

    @describe(
        "carts_retrieve",
        "Read a cart",
        tag="carts",
        good=shapes.CartSerializer,
        bad=(400, 404),
        details=Details(
            parameters=(shapes.ChoicesQuerySerializer,), examples=examples.CART
        ),
    )
    def get(self, request: Request, token: str) -> Response:
        """Show the pieces, the sums, the ways of shipping, and what is in the way.

        With a country and the other choices the sums are those of an order so made.
        """
        query = shapes.ChoicesQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        self.find_cart(token)
        return self.show_cart(token, choices=shapes.read_choices(query.validated_data))


class CartLineList(CartView):
    """The pieces of a cart."""

    http_method_names = ["post"]

    @describe(
        "carts_lines_create",
        "Put a piece in a cart",
        tag="carts",
        good=shapes.CartSerializer,
        bad=(400, 404, 409, 422),
        details=Details(body=shapes.LineInputSerializer, examples=examples.ADDED_PIECE),
    )
    def post(self, request: Request, token: str) -> Response:
        """Add one piece; one that is there already changes nothing."""
        wanted = self.read_body(shapes.LineInputSerializer)
        self.find_cart(token)
        carts.add_piece(token=token, at=timezone.now(), **wanted)
        return self.show_cart(token)


class CartLineDetail(CartView):
    """One piece of a cart."""

    http_method_names = ["put", "delete"]

    @describe(
        "carts_lines_update",
        "Engrave a piece",
        tag="carts",
        good=shapes.CartSerializer,
        bad=(400, 404, 422),
        details=Details(body=shapes.EngravingInputSerializer, parameters=(_SERIAL,)),
    )
    def put(self, request: Request, token: str, serial_number: str) -> Response:
        """Set the engraving, or remove it with a blank one."""
        wanted = self.read_body(shapes.EngravingInputSerializer)
        self.find_cart(token)
        if not carts.engrave_piece(token=token, serial_number=serial_number, **wanted):
            raise Http404
        return self.show_cart(token)

    @describe(
        "carts_lines_destroy",
        "Take a piece out of a cart",
        tag="carts",
        good=shapes.CartSerializer,
        bad=(404,),
        details=Details(parameters=(_SERIAL,)),
    )
    def delete(self, request: Request, token: str, serial_number: str) -> Response:
        """Remove one piece; one that is not there is not found."""
        self.find_cart(token)
        if not carts.remove_piece(token=token, serial_number=serial_number):
            raise Http404
        return self.show_cart(token)


class CartVoucher(CartView):
    """The voucher of a cart."""

    http_method_names = ["put", "delete"]
    field_names = {"voucher_code": "code"}

    @describe(
        "carts_voucher_update",
        "Use a voucher",
        tag="carts",
        good=shapes.CartSerializer,
        bad=(400, 404, 409, 422),
        details=Details(body=shapes.VoucherInputSerializer, examples=examples.VOUCHER),
    )
    def put(self, request: Request, token: str) -> Response:
        """Note a voucher; one that does not apply is refused, and changes nothing."""
        wanted = self.read_body(shapes.VoucherInputSerializer)
        self.find_cart(token)
        if not self._set_voucher(token, wanted["code"]):
            raise checkout.CartEmptyError
        return self.show_cart(token)

    @describe(
        "carts_voucher_destroy",
        "Forget the voucher",
        tag="carts",
        good=shapes.CartSerializer,
        bad=(404,),
    )
    def delete(self, request: Request, token: str) -> Response:
        """Remove the voucher; without one nothing changes."""
        self.find_cart(token)
        carts.remove_voucher(token=token, at=timezone.now())
        return self.show_cart(token)

    def _set_voucher(self, token: str, code: str) -> bool:
        try:
            return carts.set_voucher(token=token, code=code, at=timezone.now())
        except vouchers.VoucherRefusedError as refused:
            if refused.rule == "unknown":
                throttles.count_guess(self.request)
            raise


class CartCurrency(CartView):
    """The currency of a cart."""

    http_method_names = ["put"]

    @describe(
        "carts_currency_update",
        "Change the currency",
        tag="carts",
        good=shapes.CartSerializer,
        bad=(400, 404, 409, 422),
        details=Details(body=shapes.CurrencyInputSerializer),
    )
    def put(self, request: Request, token: str) -> Response:
        """Price the cart in another currency that all its pieces are offered in."""
        wanted = self.read_body(shapes.CurrencyInputSerializer)
        self.find_cart(token)
        if not carts.change_currency(token=token, at=timezone.now(), **wanted):
            raise checkout.CartEmptyError
        return self.show_cart(token)


class CartCheckout(CartView):
    """From cart to payment page."""

    http_method_names = ["post"]

    @describe(
        "carts_checkout_create",
        "Check out a cart",
        tag="carts",
        good=shapes.CheckoutSerializer,
        bad=(400, 404, 409, 422, 502, 503),
        details=Details(
            body=shapes.CheckoutInputSerializer,
            status=201,
            parameters=(idempotency.PARAMETER,),
            examples=examples.CHECKOUT,
        ),
    )
    def post(self, request: Request, token: str) -> Response:
        """Hold the pieces, record the order, and open its payment page.

        The same cart, unchanged, gets the same order and page, whatever the key.
        """
        idempotency.read_key(request)
        wanted = self.read_body(shapes.CheckoutInputSerializer)
        _check_currency(self.find_cart(token), wanted)
        # Stripe is called at work, so no transaction; the service repeats safely.
        return self.answer_once(
            f"checkout:{token}", lambda: _check_out(token, wanted), is_atomic=False
        )


def _check_currency(cart: Cart, wanted: dict[str, Any]) -> None:
    total = wanted.get("total")
    if total and cart.currency not in {"", total["currency"]}:
        message = f"The cart is in {cart.currency}."
        raise serializers.ValidationError({"total": {"currency": [message]}})


def _check_out(token: str, wanted: dict[str, Any]) -> Response:
    started = checkout.start_checkout(
        cart_token=token,
        email=wanted["email"],
        at=timezone.now(),
        choices=shapes.read_choices(wanted),
    )
    shown = shapes.CheckoutSerializer(started).data
    return Response(shown, status=HTTPStatus.CREATED)
