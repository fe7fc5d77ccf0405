"""Merchandising screens. Django's autodiscovery imports this package and no deeper."""

from store.admin import (
    answers,
    carts,
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
    "carts",
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
