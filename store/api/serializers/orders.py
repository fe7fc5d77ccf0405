"""What the API shows of an order to whoever holds its token."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from donations.domain import money
from donations.services import donations
from store.api import addresses
from store.api.serializers import certificates, values, words
from store.models import Order
from store.services import orders

# Said here again because only services of the donations app may be imported; a test
# compares the two.
DONATION_STATUSES = ("due", "set_aside", "settled", "reversed")


class DonationSerializer(serializers.Serializer[donations.DonationState]):
    """What we give for one line, and how far it has come."""

    amount = values.MoneySerializer(source="given")
    status = words.WordField("DonationStatus", DONATION_STATUSES)
    beneficiaries = serializers.ListField(
        child=serializers.CharField(), source="beneficiary_names"
    )
    set_aside_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)


class LineSerializer(serializers.Serializer[orders.LineView]):
    """One piece of an order, at the price and with the certificate of that moment."""

    item = serializers.CharField(source="line.item_name")
    size = serializers.CharField(source="line.size")
    engraving = serializers.CharField(source="line.engraving")
    serial_number = serializers.CharField(source="line.piece.serial_number")
    total = serializers.SerializerMethodField()
    donation = DonationSerializer(allow_null=True)
    certificate = certificates.CertificateReferenceSerializer(source="line.certificate")
    picture = values.PictureSerializer(source="image", allow_null=True)

    @extend_schema_field(values.MoneySerializer)
    def get_total(self, view: orders.LineView) -> Any:
        """Return what was paid for the piece."""
        currency = self.context["currency"]
        return values.MoneySerializer(
            money.Money(view.line.total_amount, currency)
        ).data


class OrderSerializer(serializers.Serializer[Order]):
    """An order for whoever holds its token: no name, no address, no email."""

    number = serializers.CharField()
    status = words.order_status()
    placed_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)
    tracking_reference = serializers.CharField()
    discount = serializers.SerializerMethodField()
    shipping = serializers.SerializerMethodField()
    tax = serializers.SerializerMethodField()
    total = values.MoneySerializer()
    donation = serializers.SerializerMethodField()
    lines = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    @extend_schema_field(LineSerializer(many=True))
    def get_lines(self, order: Order) -> Any:
        """Return the lines in their order."""
        context = {"currency": order.currency}
        return LineSerializer(self.context["lines"], many=True, context=context).data

    @extend_schema_field(values.MoneySerializer)
    def get_donation(self, order: Order) -> Any:
        """Return what the lines gave, as far as their pledges' caps let them."""
        given = sum(_given(view) for view in self.context["lines"])
        return _money(given, order)

    @extend_schema_field(values.MoneySerializer)
    def get_discount(self, order: Order) -> Any:
        """Return what the voucher took off."""
        return _money(order.discount_amount, order)

    @extend_schema_field(values.MoneySerializer)
    def get_shipping(self, order: Order) -> Any:
        """Return what shipping costs, insurance included."""
        return _money(order.shipping_amount, order)

    @extend_schema_field(values.MoneySerializer)
    def get_tax(self, order: Order) -> Any:
        """Return the tax that is in the total."""
        return _money(order.tax_amount, order)

    def get_url(self, order: Order) -> str:
        """Return the page of the order."""
        return addresses.absolute(order.get_absolute_url())


def _given(view: orders.LineView) -> int:
    """Return what a line gave when it was sold; a refund later changes its state."""
    state = view.donation
    if state is None or state.status == "reversed":
        return view.line.donation_amount
    return state.given.amount


def _money(amount: int, order: Order) -> Any:
    return values.MoneySerializer(money.Money(amount, order.currency)).data
