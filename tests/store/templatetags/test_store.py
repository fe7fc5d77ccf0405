"""Tags and filters of the storefront."""

import pytest
from django.template import Context, Template
from django.utils import translation

from donations.domain.money import Money
from store.models import ItemImage


def _render(text, **values):
    return Template("{% load store %}" + text).render(Context(values))


@pytest.fixture
def image():
    """A picture whose renditions are made."""
    return ItemImage(
        file="store/originals/aya.jpg",
        width=1400,
        height=1050,
        alt_text='Aya "solo" ring',
        renditions={
            "avif": [[320, "r/aya-320.avif"], [640, "r/aya-640.avif"]],
            "jpeg": [[320, "r/aya-320.jpg"], [640, "r/aya-640.jpg"]],
        },
    )


def test_picture_lists_renditions(image):
    """Formats come best first, each with all widths; JPEG is the fallback."""
    html = _render("{% picture image sizes='50vw' %}", image=image)

    assert (
        '<source type="image/avif" srcset="/media/r/aya-320.avif 320w, '
        '/media/r/aya-640.avif 640w" sizes="50vw">'
    ) in html
    assert 'src="/media/r/aya-640.jpg"' in html
    assert "image/webp" not in html


def test_picture_reserves_its_place(image):
    """Width, height and alternative text are always there, and escaped."""
    html = _render("{% picture image %}", image=image)

    assert 'width="1400" height="1050"' in html
    assert 'alt="Aya &quot;solo&quot; ring"' in html
    assert 'loading="lazy"' in html


def test_picture_falls_back_to_the_original(image):
    """Until renditions exist the original file is shown."""
    image.renditions = {}

    html = _render("{% picture image priority=True alt='' %}", image=image)

    assert '<img src="/media/store/originals/aya.jpg" width' in html
    assert 'fetchpriority="high"' in html
    assert 'alt=""' in html


def test_money_follows_the_language():
    """An amount is written as the reader's language does."""
    amount = Money(249900, "USD")

    assert _render("{{ m|money }}", m=amount) == "$2,499.00"
    with translation.override("de"):
        assert "2.499,00" in _render("{{ m|money }}", m=amount)


def test_tags_work_without_a_request():
    """A page rendered without a request has an empty cart and no notices."""
    assert "0 items" in _render("{% cart_link %}")
    assert _render("{% notices %}").strip() == ""


@pytest.mark.django_db
def test_sample_data_is_said(client, settings):
    """With the setting on, every page says that its data is a sample."""
    settings.STORE = {**settings.STORE, "SAMPLE_DATA": True}

    assert "Sample data." in client.get("/help/").content.decode()


@pytest.mark.django_db
def test_real_data_says_nothing(client):
    """Without the setting no page mentions samples."""
    assert "Sample data" not in client.get("/help/").content.decode()


def test_switch_needs_a_page_with_prices(settings, rf):
    """A page that shows no currency, or knows no address, offers no other one."""
    settings.STORE = {**settings.STORE, "CURRENCIES": ["USD", "EUR"]}
    request = rf.get("/impact/")

    assert _render("{% currency_switch %}", request=request).strip() == ""
    assert _render("{% currency_switch %}", shown_currency="USD").strip() == ""
    switch = _render("{% currency_switch %}", request=request, shown_currency="USD")
    assert 'name="next" value="/impact/"' in switch
