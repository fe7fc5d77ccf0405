"""What the port says of accounts that are not ours, and of money sent on to them.

Amounts are integer minor units. What it is asked for is in `store.gateways.transfers`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """An account at the payment company: where it is, and whether it can be paid."""

    id: str
    country: str
    is_paying_out: bool
    is_taking_transfers: bool


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """Money to send on, under a stored key; `reference` names our row for it.

    It is taken out of the charge, or without one out of our balance. `group` ties it
    to an order.
    """

    idempotency_key: str
    account_id: str
    amount: int
    currency: str
    charge_id: str
    group: str
    order: str
    reference: str


@dataclass(frozen=True, slots=True)
class TransferResult:
    """What the company says of a transfer, and how much of it came back."""

    id: str
    amount: int
    reversed_amount: int
    currency: str
    account_id: str
    reference: str


@dataclass(frozen=True, slots=True)
class RecallRequest:
    """Money of a transfer to take back, under a stored key."""

    idempotency_key: str
    transfer_id: str
    amount: int
    currency: str
    order: str
    reference: str


@dataclass(frozen=True, slots=True)
class RecallResult:
    """What the company says of one recall."""

    id: str
    amount: int
    currency: str
    reference: str
