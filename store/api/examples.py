"""Examples of the main calls, for the schema."""

from store.api.describing import answer_example, problem_example, request_example

_PROBLEM = {
    "status": 409,
    "title": "Conflict",
    "code": "piece_not_for_sale",
    "message": "This piece cannot be bought now: it is unknown, held or sold.",
    "fields": {
        "serial_number": [
            "This piece cannot be bought now: it is unknown, held or sold."
        ]
    },
}
_USD = {"currency": "USD"}
_CART = {
    "id": "x0Zb4mPZc1l2k7Yd9Qw3uA",
    "lines": [
        {
            "serial_number": "DTC-0103-02",
            "size": "6½",
            "item": {
                "slug": "aya-ring",
                "name": "Aya ring",
                "url": "https://shop.example/items/aya-ring/",
            },
            "price": {"amount": 249900, **_USD},
            "engraving": "A & B",
            "engraving_price": {"amount": 4500, **_USD},
            "discount": None,
            "donation": {"amount": 25440, **_USD},
            "is_available": True,
            "picture": None,
        }
    ],
    "voucher_code": "",
    "subtotal": {"amount": 254400, **_USD},
    "discount": None,
    "shipping": {"amount": 2500, **_USD},
    "tax": {"amount": 0, **_USD},
    "total": {"amount": 256900, **_USD},
    "donation": {"amount": 25440, **_USD},
    "shipping_options": [
        {
            "shipping_rate_id": 1,
            "name": "Courier, signed for",
            "price": {"amount": 2500, **_USD},
            "insurance": {"amount": 0, **_USD},
            "days_min": 2,
            "days_max": 5,
        }
    ],
    "faults": [],
}

CART = (answer_example("A cart with one piece", _CART),)
ADDED_PIECE = (
    request_example(
        "An engraved ring", {"serial_number": "DTC-0103-02", "engraving": "A & B"}
    ),
    answer_example("The cart as it is now", _CART),
    problem_example("Somebody was faster", _PROBLEM),
)
VOUCHER = (
    request_example("A code", {"code": "WINTER-10"}),
    problem_example(
        "No such code",
        {
            "status": 422,
            "title": "Unprocessable Entity",
            "code": "voucher_code_unknown",
            "message": "There is no such voucher.",
            "fields": {"code": ["There is no such voucher."]},
        },
    ),
)
CHECKOUT = (
    request_example(
        "A gift to New York",
        {
            "email": "customer@example.com",
            "country": "US",
            "region": "NY",
            "shipping_rate_id": 1,
            "is_gift": True,
            "gift_note": "For Ada.",
            "total": {"amount": 256900, **_USD},
        },
    ),
    answer_example(
        "Where to pay",
        {
            "order_token": "2PqkC3n4uJ0wYbE5rT6yUg",
            "payment_url": "https://checkout.stripe.com/c/pay/cs_test_1",
            "order_url": "https://shop.example/api/v1/orders/2PqkC3n4uJ0wYbE5rT6yUg/",
        },
        201,
    ),
)
RETURN = (
    request_example(
        "One ring", {"lines": ["DTC-0103-02"], "reason": "It does not fit."}
    ),
)
REFUND = (
    request_example(
        "Pieces that came back",
        {
            "order": "BCDF2345",
            "lines": ["DTC-0103-02"],
            "restock": ["DTC-0103-02"],
            "reason": "Does not fit",
        },
    ),
    request_example(
        "An amount",
        {
            "order": "BCDF2345",
            "amount": {"amount": 10000, **_USD},
            "reason": "A scratch",
        },
    ),
)
