"""What the API says about giving. Money is always minor units with a currency."""

from rest_framework import serializers

from donations.domain import money
from donations.services import impact, pledges


class GivenMoneySerializer(serializers.Serializer[money.Money]):
    """An amount in minor units with its currency: 24990 USD is $249.90."""

    amount = serializers.IntegerField()
    currency = serializers.CharField(max_length=3)


class GivenTotalsSerializer(serializers.Serializer[impact.Totals]):
    """Sums of one currency: set aside includes settled, settled acknowledged."""

    due = GivenMoneySerializer()
    set_aside = GivenMoneySerializer()
    settled = GivenMoneySerializer()
    acknowledged = GivenMoneySerializer()
    reversed = GivenMoneySerializer()
    donation_count = serializers.IntegerField()


class GivenQuarterSerializer(serializers.Serializer[impact.QuarterTotals]):
    """One quarter: what was set aside, net of reversals, and what was settled."""

    label = serializers.CharField(  # type: ignore[assignment]  # Not a form label.
        help_text="For example 2026 Q1."
    )
    starts_on = serializers.DateField()
    set_aside = GivenMoneySerializer()
    settled = GivenMoneySerializer()


class GivenInCurrencySerializer(serializers.Serializer[impact.CurrencyTotals]):
    """What one pledge gave in one currency, by quarter too."""

    currency = serializers.CharField(max_length=3)
    totals = GivenTotalsSerializer()
    quarters = GivenQuarterSerializer(many=True)


class GivenSettlementSerializer(serializers.Serializer[impact.SettlementLine]):
    """One payment to the beneficiaries."""

    paid_at = serializers.DateTimeField()
    amount = GivenMoneySerializer()
    reference = serializers.CharField()
    beneficiary_names = serializers.ListField(child=serializers.CharField())
    acknowledged_at = serializers.DateTimeField(
        allow_null=True, help_text="When the last of them said that it arrived."
    )


class PledgeBeneficiarySerializer(serializers.Serializer[pledges.BeneficiaryTerms]):
    """A legal body that is paid, and its weight among the pledge's beneficiaries."""

    name = serializers.CharField()
    register = serializers.CharField(help_text="For example US-EIN.")
    register_id = serializers.CharField(help_text="For example 36-3673599.")
    weight = serializers.IntegerField()


class PledgeImpactSerializer(serializers.Serializer[impact.PledgeTotals]):
    """One pledge: what it promises, what it gave, by quarter, and its payments.

    `totals` and `quarters` are of its own currency, the first one of `by_currency`.
    """

    slug = serializers.CharField(source="terms.slug")
    name = serializers.CharField(source="terms.name")
    cause = serializers.CharField(source="terms.cause_name")
    version = serializers.IntegerField(source="terms.number")
    share = serializers.CharField(
        source="terms.percent_text", help_text="For example 10%."
    )
    starts_on = serializers.DateField(source="terms.starts_on")
    ends_on = serializers.DateField(source="terms.ends_on")
    territories = serializers.ListField(
        source="terms.territories",
        child=serializers.CharField(),
        help_text='Codes of ISO 3166, "EU" for the Union: US, US-CA.',
    )
    disclosure = serializers.CharField(source="terms.disclosure")
    beneficiaries = PledgeBeneficiarySerializer(source="terms.beneficiaries", many=True)
    totals = GivenTotalsSerializer()
    quarters = GivenQuarterSerializer(many=True)
    by_currency = GivenInCurrencySerializer(many=True)
    settlements = GivenSettlementSerializer(many=True)


class ImpactSerializer(serializers.Serializer[impact.ImpactTotals]):
    """Everything given: by currency over all pledges, and by pledge."""

    totals = GivenTotalsSerializer(source="by_currency", many=True)
    pledges = PledgeImpactSerializer(many=True)


class GivingProblemSerializer(serializers.Serializer[dict[str, object]]):
    """What went wrong; `code` is for programs, `message` for people."""

    status = serializers.IntegerField()
    title = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(  # type: ignore[assignment]  # The shape's own name.
        child=serializers.ListField(child=serializers.CharField())
    )
