"""What the API takes and shows of carts and of their checkout."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from store.api import addresses, refusal_words
from store.api.serializers import fields, values
from store.conf import conf
from store.domain import refusal
from store.domain.choices import GIFT_NOTE_LENGTH, Choices
from store.models import Item
from store.services import carts, shipping

_SERIAL_LENGTH = 32
_CODE_LENGTH = 32
_REGION_LENGTH = 100
# Longer than any item allows; which one says how much fits.
_ENGRAVING_LENGTH = 100


class CurrencyField(fields.TextField):
    """One of the shop's currencies."""

    def to_internal_value(self, data: Any) -> str:
        """Return the currency."""
        currency = super().to_internal_value(data)
        if currency not in conf.CURRENCIES:
            offered = ", ".join(conf.CURRENCIES)
            raise serializers.ValidationError(f"One of: {offered}.")
        return currency


class LineInputSerializer(fields.InputSerializer):
    """One piece for the cart; the first one decides the cart's currency."""

    serial_number = fields.TextField(max_length=_SERIAL_LENGTH)
    engraving = fields.TextField(
        required=False, allow_blank=True, max_length=_ENGRAVING_LENGTH
    )
    currency = CurrencyField(required=False)


class NewCartInputSerializer(fields.InputSerializer):
    """Nothing: a cart begins empty."""


class EngravingInputSerializer(fields.InputSerializer):
    """The engraving of a piece in the cart; blank for none."""

    engraving = fields.TextField(allow_blank=True, max_length=_ENGRAVING_LENGTH)


class VoucherInputSerializer(fields.InputSerializer):
    """A voucher by its code."""

    code = fields.TextField(max_length=_CODE_LENGTH)


class CurrencyInputSerializer(fields.InputSerializer):
    """The currency that the cart is priced in."""

    currency = CurrencyField()


class ChoicesInputSerializer(fields.InputSerializer):
    """Where an order goes and how; a shop without zones and taxes asks for nothing."""

    country = serializers.RegexField(
        r"^[A-Z]{2}\Z", required=False, help_text="Two capitals, as US."
    )
    region = fields.TextField(
        required=False,
        max_length=_REGION_LENGTH,
        help_text="As NY; where the region decides the tax.",
    )
    shipping_rate_id = fields.AmountField(
        required=False, help_text="One of the cart's shipping options; else the first."
    )
    is_insured = fields.FlagField(required=False)


class ChoicesQuerySerializer(ChoicesInputSerializer):
    """The same in an address, where a number is text."""

    shipping_rate_id = serializers.IntegerField(  # type: ignore[assignment]
        required=False, min_value=1, help_text="One of the shipping options."
    )
    is_insured = serializers.BooleanField(  # type: ignore[assignment]
        required=False
    )


class CheckoutInputSerializer(ChoicesInputSerializer):
    """Who buys, where it goes, and whether it is a gift."""

    email = serializers.EmailField(max_length=254)
    is_gift = fields.FlagField(required=False)
    gift_note = fields.TextField(
        required=False, allow_blank=True, max_length=GIFT_NOTE_LENGTH
    )
    total = fields.MoneyInputSerializer(
        required=False,
        help_text="What the customer was shown; an order of another total is refused.",
    )


class OptionSerializer(serializers.Serializer[shipping.Option]):
    """One way of shipping, for this cart."""

    shipping_rate_id = serializers.IntegerField(source="rate_id")
    name = serializers.CharField()
    price = values.MoneySerializer()
    insurance = values.MoneySerializer(
        allow_null=True, help_text="What insurance adds; null where there is none."
    )
    days_min = serializers.IntegerField()
    days_max = serializers.IntegerField()


class FaultSerializer(serializers.Serializer[refusal.RefusedError]):
    """One thing that stands in the way of an order."""

    field = serializers.CharField()
    code = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()

    def get_code(self, fault: refusal.RefusedError) -> str:
        """Return the code that a checkout would answer."""
        return f"{fault.field}_{fault.rule}"

    def get_message(self, fault: refusal.RefusedError) -> str:
        """Return the words."""
        return refusal_words.explain(fault)


class CartItemSerializer(serializers.Serializer[Item]):
    """The item that a piece is an example of."""

    slug = serializers.CharField()
    name = serializers.CharField()
    url = serializers.SerializerMethodField()

    def get_url(self, item: Item) -> str:
        """Return the page of the item."""
        return addresses.absolute(item.get_absolute_url())


class CartLineSerializer(serializers.Serializer[carts.CartLineView]):
    """One piece in a cart at today's price; being there holds nothing yet."""

    serial_number = serializers.CharField(source="piece.serial_number")
    size = serializers.CharField(source="piece.size")
    item = CartItemSerializer(source="piece.item")
    price = values.MoneySerializer()
    engraving = serializers.CharField()
    engraving_price = values.MoneySerializer(allow_null=True)
    discount = values.MoneySerializer(allow_null=True)
    donation = values.MoneySerializer(allow_null=True)
    is_available = serializers.BooleanField()
    picture = values.PictureSerializer(source="image", allow_null=True)


class CartSerializer(serializers.Serializer[carts.CartSummary]):
    """A cart as it stands now; the sums are null while it is empty."""

    id = serializers.SerializerMethodField(help_text="The key to the cart: a secret.")
    lines = CartLineSerializer(many=True)
    voucher_code = serializers.CharField()
    subtotal = values.MoneySerializer(allow_null=True)
    discount = values.MoneySerializer(allow_null=True)
    shipping = serializers.SerializerMethodField()
    tax = serializers.SerializerMethodField()
    total = values.MoneySerializer(allow_null=True, help_text="Everything in.")
    donation = values.MoneySerializer(allow_null=True)
    shipping_options = serializers.SerializerMethodField()
    faults = FaultSerializer(many=True)

    def get_id(self, _cart: carts.CartSummary) -> str:
        """Return the cart's token."""
        return str(self.context["token"])

    @extend_schema_field(values.MoneySerializer(allow_null=True))
    def get_shipping(self, cart: carts.CartSummary) -> Any:
        """Return what shipping costs as it was chosen, insurance included."""
        return _money(cart.quote and cart.quote.price.shipping)

    @extend_schema_field(values.MoneySerializer(allow_null=True))
    def get_tax(self, cart: carts.CartSummary) -> Any:
        """Return the tax that is in the total."""
        return _money(cart.quote and cart.quote.price.tax)

    @extend_schema_field(OptionSerializer(many=True))
    def get_shipping_options(self, cart: carts.CartSummary) -> Any:
        """Return the ways of shipping to the chosen country."""
        options = cart.quote.delivery.options if cart.quote else ()
        return [OptionSerializer(option).data for option in options]


class CheckoutSerializer(serializers.Serializer[Any]):
    """The order that was placed, and where its customer pays."""

    order_token = serializers.CharField(help_text="The key to the order: a secret.")
    payment_url = serializers.URLField()
    order_url = serializers.SerializerMethodField()

    def get_order_url(self, started: Any) -> str:
        """Return the order's address in this API."""
        return addresses.absolute_to("store_api:order", started.order_token)


def read_choices(checked: dict[str, Any]) -> Choices:
    """Return what was chosen; what was not said keeps its default."""
    names = set(Choices.__dataclass_fields__) & set(checked)
    total = checked.get("total")
    return Choices(
        **{name: checked[name] for name in names},
        seen_amount=total["amount"] if total else None,
        seen_currency=total["currency"] if total else "",
    )


def _money(amount: Any) -> Any:
    return values.MoneySerializer(amount).data if amount else None
