"""Every model of the store, one module per aggregate."""

from store.models.catalog import Collection, Item, Piece, Stone
from store.models.messages import Message
from store.models.orders import Cart, CartLine, Hold, Line, Order
from store.models.payments import Payment, PaymentAttempt, Refund, WebhookEvent
from store.models.pictures import CollectionImage, ItemImage
from store.models.provenance import Certificate, CustodyEvent

__all__ = [
    "Cart",
    "CartLine",
    "Certificate",
    "Collection",
    "CollectionImage",
    "CustodyEvent",
    "Hold",
    "Item",
    "ItemImage",
    "Line",
    "Message",
    "Order",
    "Payment",
    "PaymentAttempt",
    "Piece",
    "Refund",
    "Stone",
    "WebhookEvent",
]
