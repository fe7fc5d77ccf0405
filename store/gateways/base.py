"""The port to the payment company: what we ask, what we get back, what can fail.

No type of any payment company appears here or above. Amounts are integer minor
units; moments are aware datetimes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.utils.module_loading import import_string

from store.conf import conf
from store.gateways import records

# The doors for webhooks: events of our own account, and of connected ones.
ACCOUNT = "account"
CONNECT = "connect"


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
class ShippingCharge:
    """The one way of shipping that the customer chose, and what it costs."""

    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """Everything a payment page is started with; equal requests give equal calls.

    Without `shipping` no cost of shipping is shown. With `is_taxed_there` the company
    computes the tax itself, on prices that contain it or not.
    """

    idempotency_key: str
    order: str
    email: str = field(repr=False)
    currency: str
    lines: tuple[SessionLine, ...]
    success_url: str = field(repr=False)
    cancel_url: str
    expires_at: datetime
    shipping_countries: tuple[str, ...]
    locale: str
    shipping: ShippingCharge | None = None
    is_taxed_there: bool = False
    is_tax_included: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A postal address as the customer typed it at the payment company.

    Its representation, and that of all that holds an email, tells nothing of it: error
    reports quote variables.
    """

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
    reference we gave, blank when the Session is not ours. `refunded_amount` is what
    went back of its payment, whoever sent it.
    """

    id: str
    url: str
    status: str
    payment_status: str
    amount: int
    currency: str
    order: str
    email: str = field(repr=False)
    address: Address
    intent_id: str
    intent_status: str
    charge_id: str
    fee_amount: int | None
    net_amount: int | None
    expires_at: datetime
    livemode: bool
    created_at: datetime
    tax_amount: int = 0
    shipping_tax_amount: int = 0
    refunded_amount: int = 0

    @property
    def is_paid(self) -> bool:
        """Tell whether nothing is left to pay."""
        return self.payment_status in {"paid", "no_payment_required"}


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to send back, under a stored key; `reference` names our row for it."""

    idempotency_key: str
    intent_id: str
    amount: int
    currency: str
    order: str
    reference: str


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What the company says of a refund; status is one of its five words.

    `reference` is the one it was asked with, blank when somebody else made it.
    """

    id: str
    status: str
    amount: int
    currency: str
    intent_id: str
    created_at: datetime
    pending_reason: str = ""
    failure_reason: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A verified webhook event; `payload` is the body as it came.

    `account_id` names the connected account that it happened on, blank for our own.
    """

    id: str
    type: str
    object_id: str
    account_id: str
    livemode: bool
    api_version: str
    created_at: datetime
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

    def list_sessions(self, *, since: datetime, until: datetime) -> Iterator[Session]:
        """Yield every payment page made between two moments, newest first.

        Their payments are ids only: fetch one to know its charge and fee.
        """

    def refund(self, request: RefundRequest) -> RefundResult:
        """Send money back, or return the refund made before under this key."""

    def fetch_refund(self, refund_id: str) -> RefundResult:
        """Return a refund as it is now."""

    def find_refunds(self, intent_id: str) -> list[RefundResult]:
        """Return every refund of one payment, whoever made it."""

    def list_refunds(
        self, *, since: datetime, until: datetime
    ) -> Iterator[RefundResult]:
        """Yield every refund made between two moments, newest first."""

    def fetch_charge(self, charge_id: str) -> records.Charge:
        """Return a charge as it is now."""

    def fetch_dispute(self, dispute_id: str) -> records.DisputeResult:
        """Return a dispute as it is now."""

    def list_disputes(
        self, *, since: datetime, until: datetime
    ) -> Iterator[records.DisputeResult]:
        """Yield every dispute opened between two moments, newest first."""

    def list_balance_changes(
        self, *, since: datetime, until: datetime
    ) -> Iterator[records.BalanceChange]:
        """Yield the company's own books between two moments, newest first."""

    def list_events(
        self, *, types: Sequence[str], since: datetime, is_undelivered: bool
    ) -> Iterator[Event]:
        """Yield the events of some types since a moment, newest first.

        The company keeps them for 30 days. With `is_undelivered` only those that an
        endpoint has not confirmed.
        """

    def read_event(
        self, body: bytes, signature: str, *, endpoint: str = ACCOUNT
    ) -> Event:
        """Verify a raw body that came through one door, and return what it says."""

    def list_missing_scopes(self) -> list[str]:
        """Return what the configured key may not do and should, in the company's words.

        Only reads, and writes that name nothing, so that nothing changes.
        """


def get_gateway() -> Gateway:
    """Return the gateway that the settings name."""
    gateway: Gateway = import_string(conf.GATEWAY)()
    return gateway
