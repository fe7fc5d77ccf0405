"""Transfers to beneficiaries' own accounts at Stripe, with separate charges.

Source: https://docs.stripe.com/connect/separate-charges-and-transfers. A refund or a
dispute of the charge leaves its transfers alone: taking them back is our own act.
"""

from typing import Any, cast

from store.gateways import answers, connect, limits, sdk

_PAGE = 100


@sdk.translated
def fetch_own_account() -> connect.Account:
    """Return the account that the key belongs to."""
    return answers.read_account(sdk.client().v1.accounts.retrieve_current().to_dict())


@sdk.translated
def fetch_account(account_id: str) -> connect.Account:
    """Return a connected account as it is now."""
    return answers.read_account(sdk.client().v1.accounts.retrieve(account_id).to_dict())


@sdk.translated
def send_transfer(request: connect.TransferRequest) -> connect.TransferResult:
    """Send money on, or return the transfer made before under this key."""
    asked: dict[str, Any] = {
        "amount": limits.to_stripe(request.amount, request.currency),
        "currency": request.currency.lower(),
        "destination": request.account_id,
        "transfer_group": request.group,
        "metadata": {"order": request.order, "transfer": request.reference},
    }
    if request.charge_id:
        asked["source_transaction"] = request.charge_id
    answer = sdk.client().v1.transfers.create(
        cast(Any, asked), {"idempotency_key": request.idempotency_key}
    )
    return answers.read_transfer(answer.to_dict())


@sdk.translated
def find_transfers(group: str) -> list[connect.TransferResult]:
    """Return every transfer of one group, whoever made it."""
    page = sdk.client().v1.transfers.list({"transfer_group": group, "limit": _PAGE})
    return [answers.read_transfer(one.to_dict()) for one in page.auto_paging_iter()]


@sdk.translated
def reverse_transfer(request: connect.RecallRequest) -> connect.RecallResult:
    """Take money of a transfer back, or return what was taken under this key."""
    answer = sdk.client().v1.transfers.reversals.create(
        request.transfer_id,
        {
            "amount": limits.to_stripe(request.amount, request.currency),
            "metadata": {"order": request.order, "recall": request.reference},
        },
        {"idempotency_key": request.idempotency_key},
    )
    return answers.read_recall(answer.to_dict())


@sdk.translated
def find_recalls(transfer_id: str) -> list[connect.RecallResult]:
    """Return every recall of one transfer, whoever made it."""
    page = sdk.client().v1.transfers.reversals.list(transfer_id, {"limit": _PAGE})
    return [answers.read_recall(one.to_dict()) for one in page.auto_paging_iter()]
