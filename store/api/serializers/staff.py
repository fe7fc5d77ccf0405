"""What the API shows staff: orders, refunds, disputes, and what disagrees."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from donations.domain import money
from store.api.serializers import fields, returns, values, words
from store.domain import order as states
from store.models import Difference, Dispute, Line, Order, Refund, RefundLine

_NUMBER_LENGTH = 16
_REASON_LENGTH = 200


class StaffLineSerializer(serializers.Serializer[Line]):
    """One piece of an order."""

    serial_number = serializers.CharField(source="piece.serial_number")
    item = serializers.CharField(source="item_name")
    size = serializers.CharField()
    engraving = serializers.CharField()
    total_amount = serializers.IntegerField(
        help_text="Minor units of the order's currency."
    )


class StaffOrderSerializer(serializers.Serializer[Order]):
    """An order for staff; its token is the customer's and is not told."""

    number = serializers.CharField()
    status = words.order_status()
    email = serializers.EmailField()
    full_name = serializers.CharField()
    country = serializers.CharField(source="address_country")
    placed_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)
    tracking_reference = serializers.CharField()
    total = values.MoneySerializer()
    refunded = serializers.SerializerMethodField()
    donation = values.MoneySerializer()
    voucher_code = serializers.CharField()
    is_gift = serializers.BooleanField()
    review_reason = serializers.CharField()
    lines = serializers.SerializerMethodField()

    @extend_schema_field(values.MoneySerializer)
    def get_refunded(self, order: Order) -> Any:
        """Return what went back, or is on its way, of all its payments."""
        back = sum(payment.refunded_amount for payment in order.payments.all())
        return _money(back, order.currency)

    @extend_schema_field(StaffLineSerializer(many=True))
    def get_lines(self, order: Order) -> Any:
        """Return the lines in their order."""
        lines = sorted(order.lines.all(), key=lambda line: line.position)
        return [StaffLineSerializer(line).data for line in lines]


class RefundLineSerializer(serializers.Serializer[RefundLine]):
    """One piece that came back with a refund."""

    serial_number = serializers.CharField(source="line.piece.serial_number")
    amount = serializers.IntegerField(help_text="Minor units of the refund's currency.")
    is_restocked = serializers.BooleanField()


class RefundSerializer(serializers.Serializer[Refund]):
    """Money back to a customer; it is back when the status is succeeded."""

    id = serializers.UUIDField(source="uuid")
    order = serializers.CharField(source="payment.order.number")
    amount = serializers.SerializerMethodField()
    status = words.WordField("RefundStatus", states.RefundStatus)
    origin = words.WordField("RefundOrigin", Refund.Origin.values)
    reason = serializers.CharField()
    pending_reason = serializers.CharField()
    failure_reason = serializers.CharField()
    requested_by = serializers.SerializerMethodField()
    lines = RefundLineSerializer(many=True, source="lines.all")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(values.MoneySerializer)
    def get_amount(self, refund: Refund) -> Any:
        """Return the amount."""
        return _money(refund.amount, refund.currency)

    def get_requested_by(self, refund: Refund) -> str:
        """Return who of the staff asked for it; blank when nobody did."""
        return _name(refund.requested_by)


class RefundInputSerializer(fields.InputSerializer):
    """What goes back of an order: an amount, or pieces at what was paid for them."""

    order = fields.TextField(max_length=_NUMBER_LENGTH, help_text="The order's number.")
    amount = fields.MoneyInputSerializer(
        required=False, help_text="With lines: how much is paid for them, if not all."
    )
    lines = returns.PiecesField(
        required=False, help_text="Serial numbers of the pieces that come back."
    )
    restock = returns.PiecesField(
        required=False, help_text="Which of the lines go on sale again."
    )
    is_shipping_included = fields.FlagField(
        required=False, help_text="Whether shipping goes back with the lines."
    )
    reason = fields.TextField(max_length=_REASON_LENGTH)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values if they make sense together."""
        lines = attrs.get("lines", [])
        if not lines and "amount" not in attrs:
            raise _wrong("amount", "An amount, or lines.")
        if set(attrs.get("restock", [])) - set(lines):
            raise _wrong("restock", "Only lines of this refund go on sale again.")
        if attrs.get("is_shipping_included") and not lines:
            raise _wrong("is_shipping_included", "Shipping goes back with lines only.")
        return attrs


class DisputeSerializer(serializers.Serializer[Dispute]):
    """Money that a customer's bank takes back."""

    id = serializers.CharField(source="gateway_id")
    order = serializers.CharField(source="payment.order.number")
    amount = values.MoneySerializer(source="total")
    withdrawn = serializers.SerializerMethodField()
    status = words.WordField("DisputeStatus", states.DisputeStatus)
    reason = serializers.CharField()
    opened_at = serializers.DateTimeField()
    evidence_due_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(values.MoneySerializer)
    def get_withdrawn(self, dispute: Dispute) -> Any:
        """Return what the bank holds by now."""
        return _money(dispute.withdrawn_amount, dispute.currency)


class DifferenceSerializer(serializers.Serializer[Difference]):
    """One thing on which Stripe and we disagree."""

    id = serializers.IntegerField()
    kind = words.WordField("DifferenceKind", Difference.Kind.values)
    reference = serializers.CharField()
    order = serializers.SerializerMethodField()
    details = serializers.CharField()
    ours = serializers.SerializerMethodField()
    theirs = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField()
    found_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolution = serializers.CharField()

    def get_order(self, difference: Difference) -> str:
        """Return the order's number; blank when none is known."""
        return difference.order.number if difference.order else ""

    @extend_schema_field(values.MoneySerializer(allow_null=True))
    def get_ours(self, difference: Difference) -> Any:
        """Return our amount."""
        return _money(difference.ours_amount, difference.currency)

    @extend_schema_field(values.MoneySerializer(allow_null=True))
    def get_theirs(self, difference: Difference) -> Any:
        """Return Stripe's amount."""
        return _money(difference.theirs_amount, difference.currency)

    def get_owner(self, difference: Difference) -> str:
        """Return who looks after it; blank when nobody does."""
        return _name(difference.owner)


def _money(amount: int | None, currency: str) -> Any:
    if amount is None or not currency:
        return None
    return values.MoneySerializer(money.Money(amount, currency)).data


def _name(user: Any) -> str:
    return user.get_username() if user else ""


def _wrong(field: str, message: str) -> serializers.ValidationError:
    return serializers.ValidationError({field: [message]})
