"""One word for each concept; these have a better one in the house style."""

import ast
import re

from tests.house import reading

# Word to avoid: word to use.
WORDS = {
    "accrual": "set aside",
    "accrue": "set aside",
    "bag": "cart",
    "basket": "cart",
    "buyer": "customer",
    "campaign": "collection",
    "cancelled": "canceled",
    "catalogue": "catalog",
    "chargeback": "dispute",
    "charity": "cause, beneficiary",
    "coa": "certificate",
    "disburse": "settle",
    "donor": "customer",
    "earmark": "set aside",
    "ipn": "webhook event",
    "jewellery": "jewelry",
    "merchandise": "item",
    "ngo": "beneficiary",
    "nonprofit": "beneficiary",
    "passport": "certificate",
    "payout": "settlement",
    "product": "item",
    "psp": "gateway",
    "purchase": "order",
    "remit": "settle",
    "reservation": "hold",
    "reversal": "reverse, refund",
    "sku": "piece",
}
# Stripe's own words belong where Stripe is spoken to.
EXEMPT = {"store/gateways/stripe.py", "store/gateways/transfers.py"}


def _identifiers(tree):
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                yield node, name


def _words(identifier):
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier)
    for word in spaced.lower().split("_"):
        yield word
        yield word.removesuffix("s")


def test_identifiers_use_our_words():
    """No name in the apps uses a word that the vocabulary replaces."""
    found = [
        f"{module.at(node)} {name}"
        for module in reading.read(*reading.APPS)
        if module.place not in EXEMPT
        for node, name in _identifiers(module.tree)
        if WORDS.keys() & set(_words(name))
    ]

    assert found == []
