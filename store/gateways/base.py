"""The port to the payment company: what we ask, what we get back, what can fail.

No type of any payment company appears here or above. Amounts are integer minor
units; moments are aware datetimes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.utils.module_loading import import_string

from store.conf import conf


class GatewayError(Exception):
    """A call to the payment company failed; `code` and `request_id` help support.

    Carries no customer data: the company's own exception holds the whole answer.
    """

    def __init__(self, message: str, code: str = "", request_id: str = "") -> None:
        """Keep three short strings, in the order in which a copy is made of them."""
        super().__init__(message, code, request_id)
        self.code = code
        self.request_id = request_id

    def __str__(self) -> str:
        """Return message, code and request id on one line."""
        return " ".join(part for part in map(str, self.args) if part)


class DeclinedError(GatewayError):
    """The company understood and refused: wrong state, amount too small, unknown id."""


class UnavailableError(GatewayError):
    """The company cannot be reached or is busy; try again later with the same key."""


class MisconfiguredError(GatewayError):
    """Our key or our parameters are wrong; retrying will not help, a person must."""


class KeyReusedError(MisconfiguredError):
    """An idempotency key was used before with other parameters: look, do not retry."""


class BadSignatureError(Exception):
    """A webhook's body, header or age is not what the company would send."""


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One row on the payment page; the amount is in minor units."""

    name: str
    description: str
    amount: int


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """Everything a payment page is started with; equal requests give equal calls."""

    idempotency_key: str
    order: str
    email: str
    currency: str
    lines: tuple[SessionLine, ...]
    success_url: str
    cancel_url: str
    expires_at: datetime
    shipping_countries: tuple[str, ...]
    locale: str


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as the customer typed it at the payment company."""

    full_name: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """One payment page: status is open, complete or expired.

    `payment_status` is paid, unpaid or no_payment_required. `order` is the opaque
    reference we gave, blank when the Session is not ours.
    """

    id: str
    url: str
    status: str
    payment_status: str
    amount: int
    currency: str
    order: str
    email: str
    address: Address
    intent_id: str
    intent_status: str
    charge_id: str
    fee_amount: int | None
    net_amount: int | None
    expires_at: datetime
    livemode: bool


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to send back, under a stored key."""

    idempotency_key: str
    intent_id: str
    amount: int
    order: str


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What the company says of a refund; status is one of its five words."""

    id: str
    status: str
    amount: int
    currency: str
    intent_id: str


@dataclass(frozen=True, slots=True)
class Event:
    """A verified webhook event; `payload` is the body as it came."""

    id: str
    type: str
    object_id: str
    livemode: bool
    api_version: str
    payload: str = field(repr=False)


class Gateway(Protocol):
    """What a payment company must do for us."""

    api_version: str
    livemode: bool

    def start_session(self, request: SessionRequest) -> Session:
        """Open a payment page, or return the one opened before under this key."""

    def fetch_session(self, session_id: str) -> Session:
        """Return a payment page as it is now, with its payment."""

    def expire_session(self, session_id: str) -> Session:
        """Close an open payment page; refused when it is not open any more."""

    def find_sessions(
        self, *, order: str, since: datetime, until: datetime
    ) -> list[Session]:
        """Return the payment pages of one order made between two moments."""

    def refund(self, request: RefundRequest) -> RefundResult:
        """Send money back, or return the refund made before under this key."""

    def fetch_refund(self, refund_id: str) -> RefundResult:
        """Return a refund as it is now."""

    def find_refunds(self, intent_id: str) -> list[RefundResult]:
        """Return every refund of one payment, whoever made it."""

    def read_event(self, body: bytes, signature: str) -> Event:
        """Verify a webhook's raw body and return what it says."""


def get_gateway() -> Gateway:
    """Return the gateway that the settings name."""
    gateway: Gateway = import_string(conf.GATEWAY)()
    return gateway
