"""Every model of the store, one module per aggregate."""

from store.models.answers import StoredAnswer
from store.models.catalog import Collection, Item, Piece, Stone
from store.models.delivery import ShippingRate, ShippingZone, TaxRate
from store.models.differences import Difference
from store.models.disputes import Dispute
from store.models.messages import Message
from store.models.orders import Cart, CartLine, Hold, Line, Order
from store.models.payments import Payment, PaymentAttempt, WebhookEvent
from store.models.pictures import CollectionImage, ItemImage
from store.models.prices import ItemPrice
from store.models.provenance import Certificate, CustodyEvent
from store.models.refunds import Refund, RefundLine, Return, ReturnLine
from store.models.transfers import Transfer, TransferRecall
from store.models.vouchers import Voucher, VoucherUse

__all__ = [
    "Cart",
    "CartLine",
    "Certificate",
    "Collection",
    "CollectionImage",
    "CustodyEvent",
    "Difference",
    "Dispute",
    "Hold",
    "Item",
    "ItemImage",
    "ItemPrice",
    "Line",
    "Message",
    "Order",
    "Payment",
    "PaymentAttempt",
    "Piece",
    "Refund",
    "RefundLine",
    "Return",
    "ReturnLine",
    "ShippingRate",
    "ShippingZone",
    "Stone",
    "StoredAnswer",
    "TaxRate",
    "Transfer",
    "TransferRecall",
    "Voucher",
    "VoucherUse",
    "WebhookEvent",
]
