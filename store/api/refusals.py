"""What services refuse, as answers: a table of errors, statuses, codes and words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from rest_framework import exceptions

from store.gateways import base as gateways
from store.services import answers, carts, checkout, holds

_Fields = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """How one kind of error is answered; `fields` names what is to blame, if any."""

    status: HTTPStatus
    code: str
    message: str
    fields: Callable[[Any], _Fields] = lambda _error: {}
    wait_seconds: int | None = None


class RefusedError(exceptions.APIException):
    """A service said no; carries the words of the table."""

    def __init__(self, refusal: Refusal, fields: _Fields) -> None:
        """Keep status, code, message and fields."""
        super().__init__(dict(fields))
        self.status_code = refusal.status
        self.default_code = refusal.code
        self.message = refusal.message
        self.wait = refusal.wait_seconds


def _blame(field: str, message: str) -> Callable[[Exception], _Fields]:
    return lambda _error: {field: [message]}


def _gone(error: holds.PiecesGoneError) -> _Fields:
    return {"lines": [f"{serial} is gone." for serial in error.serial_numbers]}


TABLE: Mapping[type[Exception], Refusal] = {
    carts.PieceNotForSaleError: Refusal(
        HTTPStatus.CONFLICT,
        "piece_not_for_sale",
        "This piece cannot be bought now: it is unknown, held or sold.",
        _blame("serial_number", "Cannot be bought now."),
    ),
    carts.CurrencyMismatchError: Refusal(
        HTTPStatus.CONFLICT,
        "currency_mismatch",
        "A cart holds pieces of one currency; take a new cart for another.",
        _blame("serial_number", "Has no price in the cart's currency."),
    ),
    checkout.CartEmptyError: Refusal(
        HTTPStatus.CONFLICT, "cart_empty", "There is nothing in the cart to check out."
    ),
    checkout.AlreadyPaidError: Refusal(
        HTTPStatus.CONFLICT, "already_paid", "The order of this cart is paid already."
    ),
    holds.PiecesGoneError: Refusal(
        HTTPStatus.CONFLICT,
        "pieces_gone",
        "Somebody else was faster. Nothing was charged; remove these pieces.",
        _gone,
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
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "This key was used for another request; take a new one for each request.",
        _blame("Idempotency-Key", "Was used for another request."),
    ),
    answers.InFlightError: Refusal(
        HTTPStatus.CONFLICT,
        "request_in_flight",
        "The first request with this key is still at work; ask again in a moment.",
        wait_seconds=2,
    ),
}


def find(error: Exception) -> Refusal | None:
    """Return how an error is answered, by the nearest of its classes in the table."""
    known = (TABLE.get(kind) for kind in type(error).__mro__)
    return next(filter(None, known), None)


def translate(error: Exception) -> Exception:
    """Return a service's refusal as an error of the API; any other error as it is."""
    refusal = find(error)
    return error if refusal is None else RefusedError(refusal, refusal.fields(error))
