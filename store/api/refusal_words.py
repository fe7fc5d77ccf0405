"""The words for each rule that an input can break; programs read the code instead."""

from collections.abc import Mapping

from store.domain import refusal

WORDS: Mapping[tuple[str, str], str] = {
    ("currency", "mixed"): "A cart has one currency, and a piece has no price in it.",
    ("country", "not_shipped"): "We do not ship to this country.",
    ("country", "required"): "Say where it goes: two capitals, as US.",
    ("region", "too_long"): "At most {limit} characters.",
    ("region", "required"): "The region decides the tax: say which, as NY.",
    ("shipping_rate_id", "not_offered"): "This way of shipping is not offered there.",
    ("is_insured", "not_offered"): "This way of shipping cannot be insured.",
    ("engraving", "not_offered"): "This item cannot be engraved.",
    ("engraving", "too_long"): "At most {limit} characters can be engraved.",
    ("engraving", "not_printable"): "One line of visible characters.",
    ("gift_note", "too_long"): "At most {limit} characters.",
    ("total", "too_small"): "This is less than can be paid.",
    ("total", "changed"): "The total is another than was seen; read the cart again.",
    ("voucher_code", "unknown"): "There is no such voucher.",
    ("voucher_code", "not_started"): "This voucher cannot be used yet.",
    ("voucher_code", "over"): "This voucher cannot be used any more.",
    ("voucher_code", "used_up"): "This voucher was used as often as it may be.",
    ("voucher_code", "other_currency"): "This voucher is for another currency.",
    ("voucher_code", "minimum_not_reached"): (
        "The pieces must come to at least {limit}, in minor units."
    ),
    ("voucher_code", "nothing_eligible"): "No piece in the cart gets cheaper by it.",
}


def explain(error: refusal.RefusedError) -> str:
    """Return what to tell the caller; a rule without words here is named."""
    words = WORDS.get((error.field, error.rule))
    if words is None:
        return sentence(error.rule.replace("_", " "))
    return words.format(limit=error.limit)


def sentence(text: str) -> str:
    """Return a text with a capital and a full stop, whatever it had."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
