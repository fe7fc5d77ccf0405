"""Mails to customers: what they say, and that they can be sent again."""

import re

import pytest

from store import emails
from store.models import Message, Order, Refund
from store.services import refunds, returns
from tests.store import paying
from tests.store_factories import AT, make_item, make_item_image, make_piece

pytestmark = pytest.mark.django_db


@pytest.fixture
def ring():
    """A ring with a picture, of which one piece is on sale."""
    item = make_item(name="Aya ring", slug="aya-ring")
    make_item_image(item=item, alt_text="Aya ring on warm white paper.")
    return make_piece(item=item, serial_number="DTC-0103-02", size="6½")


@pytest.fixture
def order(ring):
    """A paid order of the ring."""
    return paying.make_paid_order(ring)


def _message(order, kind=Message.Kind.CONFIRMATION, reference=""):
    message, _ = Message.objects.get_or_create(
        order=order,
        kind=kind,
        reference=reference,
        defaults={"created_at": AT, "next_try_at": AT},
    )
    return message


def _refund(order):
    """Owe what was paid for the order's pieces and return the mail about it."""
    refund = refunds.request_refund(
        payment_id=order.payments.get().pk,
        wish=refunds.Wish(line_ids=tuple(order.lines.values_list("pk", flat=True))),
        origin=Refund.Origin.STAFF,
        reason="Returned",
        at=AT,
    )
    return _message(order, Message.Kind.REFUNDED, str(refund.uuid))


def _return(order, decide, answer):
    """Let the customer ask, and staff answer; return the mail about it."""
    request = returns.request_return(
        order_token=order.token,
        line_ids=[order.lines.get().pk],
        reason="Too small",
        at=AT,
    )
    decide(return_id=request.pk, answer=answer, decided_by_id=None, at=AT)
    return order.messages.get(reference=f"return-{request.pk}")


def _html(mail):
    return mail.alternatives[0].content


def test_subject_names_the_order(order):
    """A customer finds the mail by the order's number."""
    mails = [_message(order, kind) for kind in ("confirmation", "sorry", "canceled")]
    mails.append(_return(order, returns.decline_return, "No"))
    mails.append(_return(order, returns.approve_return, "Yes"))
    mails.append(_refund(order))

    assert {mail.kind for mail in mails} == set(Message.Kind)
    assert all(order.number in emails.build(mail).subject for mail in mails)


def test_text_says_everything(order, ring):
    """The text part alone tells what was bought, given, and where to look."""
    text = emails.build(_message(order)).body

    for words in (
        "Aya ring: $2,499.00",
        "Size 6½",
        "Serial number DTC-0103-02",
        "Natural diamond, 0.61 ct round brilliant, Fancy Brown (C5 dark champagne)",
        "treatment: none stated",
        f"https://shop.example/certificates/{ring.certificate.number}/",
        "We do not know which miner found the rough.",
        "Total: $2,499.00",
        "We give $249.90 of this, 10% of the price, to Feeding America (COVID-19 "
        "Response Fund).",
        "From January 1, 2026 to December 31, 2030.",
        "The donation is made by Example Jewelers. Your purchase is not a "
        "tax-deductible gift.",
        f"https://shop.example/orders/{order.token}/",
        "12 Main Street",
        "Albany NY 12207",
        "help@shop.example",
    ):
        assert words in text


def test_html_says_the_same(order, ring):
    """The HTML part has what the text has, and the picture in its size."""
    html = _html(emails.build(_message(order)))

    for words in (
        "Aya ring",
        "DTC-0103-02",
        "$249.90 of this, 10% of the price, to Feeding America",
        "not a tax-deductible gift",
        ring.certificate.number,
        'alt="Aya ring on warm white paper."',
        'width="120" height="120"',
        "<br>Albany NY 12207",
    ):
        assert words in html


def test_every_address_is_complete(order):
    """Links and pictures work outside the shop: all are full https addresses."""
    html = _html(emails.build(_message(order)))

    targets = re.findall(r'(?:href|src)="([^"]+)"', html)

    assert len(targets) >= 4
    assert [t for t in targets if not t.startswith(("https://", "mailto:"))] == []


def test_mail_is_light_and_styled_inline(order):
    """The HTML stays under 40 KB, loads no style, and keeps its rules for dark mode."""
    html = _html(emails.build(_message(order)))

    assert len(html.encode()) < 40 * 1024
    assert "prefers-color-scheme: dark" in html
    assert '<h1 style="' in html
    assert "<link" not in html
    assert "<script" not in html


def test_replies_reach_support(order):
    """A customer who answers writes to support."""
    mail = emails.build(_message(order))

    assert mail.reply_to == ["help@shop.example"]
    assert mail.to == ["customer@example.com"]


def test_second_sending_is_the_same_mail(order, mailoutbox):
    """A message sent again after a crash carries the same Message-ID."""
    message = _message(order)

    emails.send(message)
    emails.send(Message.objects.get(pk=message.pk))

    first, second = (mail.message()["Message-ID"] for mail in mailoutbox)
    assert first == second == f"<{message.uuid}@shop.example>"


def test_what_customers_typed_is_escaped(ring):
    """A name with markup in it stays a name."""
    address = paying.Address(full_name="<b>Ada</b>", line1="1 & 2 Main Street")

    html = _html(emails.build(_message(paying.make_paid_order(ring, address=address))))

    assert "<b>Ada" not in html
    assert "&lt;b&gt;Ada" in html


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Message.Kind.SORRY, "We are sending back the full $2,499.00"),
        (Message.Kind.CANCELED, "No money was taken"),
    ],
)
def test_other_mails_promise_no_gift(order, kind, words):
    """A mail about a failed order says, in both parts, what becomes of the money."""
    mail = emails.build(_message(order, kind))

    assert words in mail.body
    assert re.sub(r"<[^>]+>", "", words) in re.sub(r"<[^>]+>", "", _html(mail))
    assert "Feeding America" not in mail.body + _html(mail)


def test_refund_mail_says_what_went_back(order):
    """The mail about a refund names the amount and the pieces, in both parts."""
    mail = emails.build(_refund(order))

    for part in (mail.body, re.sub(r"<[^>]+>", "", _html(mail))):
        assert "We sent back $2,499.00 of order" in part
        assert "Aya ring, DTC-0103-02" in part


@pytest.mark.parametrize(
    ("decide", "words"),
    [
        (returns.approve_return, "we send your money back"),
        (returns.decline_return, "we cannot take it back"),
    ],
)
def test_return_mail_gives_the_answer(order, decide, words):
    """The answer to a return is sent in staff's own words, escaped, with the piece."""
    mail = emails.build(_return(order, decide, "Box 7 <b>now</b>"))

    assert "Box 7 <b>now</b>" in mail.body
    assert "Box 7 &lt;b&gt;now&lt;/b&gt;" in _html(mail)
    for part in (mail.body, _html(mail)):
        assert words in part
        assert "Aya ring, DTC-0103-02" in part


def test_mail_shows_how_the_total_comes_about(order):
    """Shipping and contained tax are rows of their own, engraving is with its piece."""
    order.lines.update(engraving="For Ada")
    Order.objects.update(
        shipping_name="Courier",
        shipping_amount=2_500,
        tax_amount=19_992,
        tax_name="VAT",
    )
    order.refresh_from_db()

    mail = emails.build(_message(order))

    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", _html(mail)))
    for words in ("Courier $25.00", "VAT included $199.92", "Engraved: For Ada"):
        assert words in text
        assert words.replace(" $", ": $") in mail.body


def test_sample_data_is_said(order, settings):
    """A demo's mail says that nothing was sold."""
    settings.STORE = {**settings.STORE, "SAMPLE_DATA": True}

    mail = emails.build(_message(order))

    assert "Sample data" in mail.body
    assert "Sample data" in _html(mail)


def test_queries_do_not_grow_with_lines(ring, django_assert_max_num_queries):
    """Ten pieces in an order cost as many queries as one."""
    pieces = [make_piece(item=ring.item) for _ in range(9)]
    message = _message(paying.make_paid_order(ring, *pieces))

    with django_assert_max_num_queries(6):
        emails.build(Message.objects.select_related("order").get(pk=message.pk))
