"""Publishing freezes a version, makes it current and opens its accounts."""

import pytest

from donations.models import Account, Beneficiary, PledgeVersion
from donations.services import pledges, publication
from tests import donations_factories as factories
from tests import papers

AT = factories.AT
pytestmark = pytest.mark.django_db


def publish(version):
    """Publish a version now."""
    return pledges.publish_pledge_version(pledge_version_id=version.pk, at=AT)


def sign(version_id, **fields):
    """Sign another contract for a version, complete with its papers."""
    version = PledgeVersion.objects.get(pk=version_id)
    contract = papers.make_contract(version=version, reference="B", **fields)
    version.contract = contract
    papers.complete(version)
    return contract


def test_publishing_makes_current():
    """A published version is current, and only the first call publishes it."""
    version = factories.make_pledge_version(is_published=False)

    calls = [publish(version), publish(version)]

    version.refresh_from_db()
    assert calls == [True, False]
    assert (version.published_at, version.is_current) == (AT, True)


def test_publishing_opens_the_accounts():
    """Everything that a donation can touch exists before the first sale."""
    factories.make_pledge_version(weights=(1, 1))

    kinds = Account.objects.order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == [
        "donation",
        "fees",
        *["held"] * 2,
        "minimum_top_up",
        "operating_cash",
        *["payable"] * 2,
        *["pending"] * 2,
        "write_off",
    ]


def test_next_version_replaces_the_current():
    """A change is a new version; the old one stays as it was printed."""
    version = factories.make_pledge_version(weights=(2, 1))

    draft_id = pledges.draft_next_version(pledge_id=version.pledge_id)
    PledgeVersion.objects.filter(pk=draft_id).update(
        share_bps=1500, contract=sign(draft_id, amount_per_piece="15% of the price")
    )
    publish(PledgeVersion.objects.get(pk=draft_id))

    current = PledgeVersion.objects.get(is_current=True)
    assert (current.number, current.share_bps) == (2, 1500)
    assert list(current.shares.order_by("ordinal").values_list("weight")) == [
        (2,),
        (1,),
    ]
    assert current.disclosure == version.disclosure


def test_one_draft_at_a_time():
    """With a draft open there is nothing to draft."""
    version = factories.make_pledge_version(is_published=False)

    with pytest.raises(publication.DraftExistsError, match="feeding-america"):
        pledges.draft_next_version(pledge_id=version.pledge_id)


def test_first_version_is_not_copied():
    """A pledge without any version has nothing to copy."""
    version = factories.make_pledge_version(is_published=False)
    version.delete()

    with pytest.raises(PledgeVersion.DoesNotExist):
        pledges.draft_next_version(pledge_id=version.pledge_id)


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"contract": None}, "name the contract"),
        ({"territories": []}, "territories"),
        ({"territories": ["UK"]}, "did you mean GB"),
        ({"disclosure": ""}, "disclosure"),
        ({"disclosure": "10% of the Proceeds"}, "'proceeds'"),
        ({"disclosure": "a part of our profits"}, "'profits'"),
        ({"disclosure": "10 % vom Reinerlös"}, "'reinerlös'"),
        ({"weights": ()}, "at least one beneficiary"),
        ({"currency": "usd"}, "three capital letters"),
    ],
)
def test_incomplete_promises_are_refused(terms, reason):
    """What a promise lacks is named, and nothing is published."""
    version = factories.make_pledge_version(is_published=False, **terms)

    with pytest.raises(publication.PublicationRefusedError, match=reason):
        publish(version)

    assert not PledgeVersion.objects.published().exists()


def test_beneficiary_must_consent():
    """A body that has not consented is promised nothing."""
    version = factories.make_pledge_version(is_published=False)
    Beneficiary.objects.update(status="proposed")

    with pytest.raises(publication.PublicationRefusedError) as refused:
        publish(version)

    assert refused.value.reasons == (
        "Feeding America is not active: its consent is missing",
    )


def test_pledge_keeps_its_currency():
    """Totals of a pledge never mix currencies."""
    version = factories.make_pledge_version()
    draft_id = pledges.draft_next_version(pledge_id=version.pledge_id)
    PledgeVersion.objects.filter(pk=draft_id).update(currency="EUR")

    assert publication.list_obstacles(pledge_version_id=draft_id) == [
        "a pledge keeps its currency: make another pledge for this one"
    ]
