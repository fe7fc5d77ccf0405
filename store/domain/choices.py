"""What a customer chooses at checkout beside the pieces; plain values."""

from dataclasses import dataclass

GIFT_NOTE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Choices:
    """Where it goes, how it is shipped, and whether it is a gift.

    Everything has a default: a shop without zones and taxes asks for none of it.
    `seen_amount` is the total that the customer was shown, in minor units of
    `seen_currency`; an order that would come to another total is refused. A blank
    currency is the cart's, whichever that is.
    """

    country: str = ""
    region: str = ""
    shipping_rate_id: int | None = None
    is_insured: bool = False
    is_gift: bool = False
    gift_note: str = ""
    seen_amount: int | None = None
    seen_currency: str = ""
