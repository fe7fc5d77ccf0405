"""Merchandising screens. Django's autodiscovery imports this package and no deeper."""

from store.admin import (
    catalog,
    certificates,
    messages,
    orders,
    payments,
    pictures,
    pieces,
)

__all__ = [
    "catalog",
    "certificates",
    "messages",
    "orders",
    "payments",
    "pictures",
    "pieces",
]
