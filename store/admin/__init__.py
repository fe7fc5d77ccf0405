"""Merchandising screens. Django's autodiscovery imports this package and no deeper."""

from store.admin import (
    answers,
    catalog,
    certificates,
    delivery,
    differences,
    disputes,
    messages,
    orders,
    payments,
    pictures,
    pieces,
    prices,
    refunds,
    returns,
    vouchers,
)

__all__ = [
    "answers",
    "catalog",
    "certificates",
    "delivery",
    "differences",
    "disputes",
    "messages",
    "orders",
    "payments",
    "pictures",
    "pieces",
    "prices",
    "refunds",
    "returns",
    "vouchers",
]
