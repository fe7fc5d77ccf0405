"""What services refuse, as answers: a table of errors, statuses, codes and words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from rest_framework import exceptions

from store.api import refusal_words
from store.domain import refusal
from store.gateways import base as gateways
from store.services import answers, carts, checkout, holds, refunds, returns

_Fields = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """How one kind of error is answered.

    Without a message the error speaks for itself. `blames` is the field that takes
    the message, `fields` finds them where that is not enough.
    """

    status: HTTPStatus
    code: str
    message: str = ""
    blames: str = ""
    fields: Callable[[Any], _Fields] | None = None
    wait_seconds: int | None = None


class RefusedError(exceptions.APIException):
    """A service said no; carries the words of the table."""

    def __init__(self, told: Refusal, message: str, fields: _Fields) -> None:
        """Keep status, code, message and fields."""
        super().__init__(dict(fields))
        self.status_code = told.status
        self.default_code = told.code
        self.message = message
        self.wait = told.wait_seconds


def _gone(error: holds.PiecesGoneError) -> _Fields:
    return {"lines": [f"{serial} is gone." for serial in error.serial_numbers]}


_CONFLICT = HTTPStatus.CONFLICT
_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
_KEY = "Idempotency-Key"

TABLE: Mapping[type[Exception], Refusal] = {
    carts.PieceNotForSaleError: Refusal(
        _CONFLICT,
        "piece_not_for_sale",
        "This piece cannot be bought now: it is unknown, held or sold.",
        "serial_number",
    ),
    checkout.CartEmptyError: Refusal(
        _CONFLICT, "cart_empty", "There is nothing in the cart to check out."
    ),
    checkout.AlreadyPaidError: Refusal(
        _CONFLICT, "already_paid", "The order of this cart is paid already."
    ),
    checkout.AwaitingPaymentError: Refusal(
        _CONFLICT,
        "awaiting_payment",
        "The order of this cart waits for a bank; its pieces are kept.",
    ),
    holds.PiecesGoneError: Refusal(
        _CONFLICT,
        "pieces_gone",
        "Somebody else was faster. Nothing was charged; remove these pieces.",
        fields=_gone,
    ),
    gateways.UnavailableError: Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "gateway_unavailable",
        "The payment page cannot be reached now. Nothing was charged; try again.",
        wait_seconds=30,
    ),
    gateways.GatewayError: Refusal(
        HTTPStatus.BAD_GATEWAY,
        "gateway_refused",
        "No payment page could be opened for this order. Nothing was charged.",
    ),
    answers.KeyReusedError: Refusal(
        _UNPROCESSABLE,
        "idempotency_key_reused",
        "This key was used for another request; take a new one for each request.",
        _KEY,
    ),
    answers.InFlightError: Refusal(
        _CONFLICT,
        "request_in_flight",
        "The first request with this key is still at work; ask again in a moment.",
        _KEY,
        wait_seconds=2,
    ),
    returns.OrderNotReturnableError: Refusal(_CONFLICT, "order_not_returnable"),
    returns.NothingToReturnError: Refusal(
        _UNPROCESSABLE, "nothing_to_return", blames="lines"
    ),
    returns.LineAlreadyReturnedError: Refusal(
        _CONFLICT, "line_already_returned", blames="lines"
    ),
    returns.ReturnOpenError: Refusal(_CONFLICT, "return_open"),
    refunds.RefundTooLargeError: Refusal(
        _UNPROCESSABLE, "refund_too_large", blames="amount"
    ),
    refunds.NothingToRefundError: Refusal(
        _UNPROCESSABLE, "nothing_to_refund", blames="amount"
    ),
    refunds.PaymentDisputedError: Refusal(_CONFLICT, "payment_disputed"),
    refunds.LineUnknownError: Refusal(_UNPROCESSABLE, "line_unknown", blames="lines"),
    refunds.LineAlreadyReturnedError: Refusal(
        _CONFLICT, "line_already_refunded", blames="lines"
    ),
    refunds.ShippingAlreadyRefundedError: Refusal(
        _CONFLICT, "shipping_already_refunded", blames="is_shipping_included"
    ),
    refunds.RefundRefusedError: Refusal(_UNPROCESSABLE, "refund_refused"),
    returns.ReturnRefusedError: Refusal(_UNPROCESSABLE, "return_refused"),
}

KNOWN: tuple[type[Exception], ...] = (*TABLE, refusal.RefusedError)


def refuse(error: Exception, names: Mapping[str, str]) -> RefusedError:
    """Return one of the `KNOWN` errors as an error of the API.

    `names` say what the caller calls a field, where the service calls it otherwise.
    """
    if isinstance(error, refusal.RefusedError):
        return _refuse_input(error, names)
    told = next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    message = told.message or refusal_words.sentence(str(error))
    fields = told.fields(error) if told.fields else {}
    return RefusedError(told, message, fields or _blame(told.blames, message))


def _refuse_input(
    error: refusal.RefusedError, names: Mapping[str, str]
) -> RefusedError:
    message = refusal_words.explain(error)
    told = Refusal(_UNPROCESSABLE, f"{error.field}_{error.rule}")
    return RefusedError(
        told, message, _blame(names.get(error.field, error.field), message)
    )


def _blame(field: str, message: str) -> _Fields:
    return {field: [message]} if field else {}
