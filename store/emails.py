"""Renders and sends one Message, as HTML and text.

What is due and when to try again is decided in services; nothing here writes a row.
Failures of the mail server are raised as they come.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import css_inline
from django.core.mail import EmailMultiAlternatives
from django.db.models import Prefetch, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext

from donations.domain import money
from donations.services import donations, labels, pledges
from store.conf import conf
from store.models.catalog import Shade, Stone
from store.models.messages import Message
from store.models.orders import Line, Order
from store.models.pictures import ItemImage
from store.models.refunds import Refund, Return

_PICTURE_SHOWN_PIXELS = 120
# Twice what is shown, for dense screens.
_PICTURE_PIXELS = 2 * _PICTURE_SHOWN_PIXELS

# At-rules stay in the head for narrow and dark screens; nothing is ever fetched.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture in a mail: an absolute address and the size it is shown at."""

    url: str
    width: int
    height: int
    alt_text: str


@dataclass(frozen=True, slots=True)
class LineView:
    """One bought piece as a mail shows it; the claims come from its certificate."""

    name: str
    size: str
    metal: str
    shade: str
    serial_number: str
    price: str
    engraving: str
    stones: tuple[str, ...]
    limits: str
    certificate_number: str
    certificate_url: str
    picture: PictureView | None


def send(message: Message) -> None:
    """Hand one message to the mail server.

    A second sending carries the same Message-ID, so mail programs show it once.

    Raises:
        smtplib.SMTPException: the server refused it.
        OSError: the server cannot be reached.
    """
    build(message).send()


def build(message: Message) -> EmailMultiAlternatives:
    """Return one message, finished and addressed, without sending it."""
    order = message.order
    context = {**_context(order), **_matter(message)}
    mail = EmailMultiAlternatives(
        subject=_subject(message),
        body=render_to_string(f"store/email/{message.kind}.txt", context),
        from_email=conf.FROM_EMAIL,
        to=[order.email],
        reply_to=[conf.SUPPORT_EMAIL],
        headers={
            "Message-ID": _message_id(message),
            "Auto-Submitted": "auto-generated",
        },
    )
    html = render_to_string(f"store/email/{message.kind}.html", context)
    mail.attach_alternative(_INLINER.inline(html), "text/html")
    return mail


def _subject(message: Message) -> str:
    subjects = {
        Message.Kind.CONFIRMATION: gettext("Order %(number)s: thank you"),
        Message.Kind.SORRY: gettext(
            "Order %(number)s: the piece is gone, your money is on its way back"
        ),
        Message.Kind.CANCELED: gettext(
            "Order %(number)s: the payment did not go through"
        ),
        Message.Kind.REFUNDED: gettext("Order %(number)s: we sent money back"),
        Message.Kind.RETURN_APPROVED: gettext("Order %(number)s: send your piece back"),
        Message.Kind.RETURN_DECLINED: gettext("Order %(number)s: about your return"),
    }
    return subjects[Message.Kind(message.kind)] % {"number": message.order.number}


def _message_id(message: Message) -> str:
    return f"<{message.uuid}@{urlsplit(conf.SITE_URL).hostname}>"


def _context(order: Order) -> dict[str, Any]:
    lines = _read_lines(order)
    return {
        "order": order,
        "order_url": _absolute(order.get_absolute_url()),
        "shop_url": _absolute(reverse("store:home")),
        "lines": [_line_view(line, order.currency) for line in lines],
        "gifts": _print_gifts(lines, order.currency),
        "total": money.format_money(order.total),
        "extras": _extras(order),
        "donation": money.format_money(order.donation) if order.donation_amount else "",
        "address": _address(order),
        "merchant_name": conf.MERCHANT_NAME,
        "support_email": conf.SUPPORT_EMAIL,
        "is_sample": conf.SAMPLE_DATA,
        "language": get_language() or "en",
    }


def _matter(message: Message) -> dict[str, Any]:
    """Return what a mail about one refund or return says besides the order."""
    if message.kind == Message.Kind.REFUNDED:
        refund = Refund.objects.get(uuid=message.reference)
        pieces = Line.objects.filter(refund_lines__refund=refund)
        amount = money.format_money(money.Money(refund.amount, refund.currency))
        return {"amount": amount, "pieces": _name_pieces(pieces)}
    if message.reference:
        request = Return.objects.get(pk=message.reference.removeprefix("return-"))
        pieces = Line.objects.filter(return_lines__parent=request)
        return {"answer": request.answer, "pieces": _name_pieces(pieces)}
    return {}


def _name_pieces(lines: QuerySet[Line]) -> list[str]:
    named = lines.select_related("piece").order_by("position")
    return [f"{line.item_name}, {line.piece.serial_number}" for line in named]


def _read_lines(order: Order) -> list[Line]:
    pictures = Prefetch(
        "piece__item__images", ItemImage.objects.order_by("position", "id")
    )
    return list(
        order.lines.select_related("piece__item", "certificate")
        .prefetch_related(pictures)
        .order_by("position")
    )


def _line_view(line: Line, currency: str) -> LineView:
    item = line.piece.item
    facts = json.loads(line.certificate.text)
    return LineView(
        name=line.item_name,
        size=line.size,
        metal=item.metal,
        shade=item.shade,
        serial_number=line.piece.serial_number,
        price=money.format_money(money.Money(line.total_amount, currency)),
        engraving=line.engraving,
        stones=tuple(_stone_text(stone) for stone in facts["stones"]),
        limits=facts["limits"],
        certificate_number=line.certificate.number,
        certificate_url=_absolute(line.certificate.get_absolute_url()),
        picture=_picture_view(list(item.images.all())),
    )


def _stone_text(stone: dict[str, Any]) -> str:
    """Say natural or laboratory-grown first, and the treatment last.

    A trade shade never stands alone: the laboratory's words come before it.
    """
    shade = Shade(stone["shade"]).label
    color = f"{stone['color_words']} ({shade})" if stone["color_words"] else shade
    return gettext(
        "%(kind)s, %(carat)s ct %(cut)s, %(color)s, treatment: %(treatment)s"
    ) % {
        "kind": Stone.Kind(stone["kind"]).label,
        "carat": stone["carat"],
        "cut": stone["cut"],
        "color": color,
        "treatment": stone["treatment"],
    }


def _picture_view(pictures: Sequence[ItemImage]) -> PictureView | None:
    """Return the gallery's first picture; its original until renditions exist."""
    if not pictures:
        return None
    picture = pictures[0]
    return PictureView(
        url=_absolute(picture.jpeg_url(at_least=_PICTURE_PIXELS)),
        width=_PICTURE_SHOWN_PIXELS,
        height=_PICTURE_SHOWN_PIXELS * picture.height // (picture.width or 1),
        alt_text=picture.alt_text,
    )


def _print_gifts(lines: Sequence[Line], currency: str) -> list[labels.Label]:
    """Print what the order gives under each version of a pledge, as it was sold."""
    given = donations.list_by_source(sources=[line.source for line in lines])
    amounts: dict[int, int] = {}
    whole: dict[int, int] = {}
    for line in lines:
        state = given.get(line.source)
        amount = state.given.amount if state else line.donation_amount
        if line.pledge_version_id and amount:
            before = amounts.get(line.pledge_version_id, 0)
            amounts[line.pledge_version_id] = before + amount
            before = whole.get(line.pledge_version_id, 0)
            whole[line.pledge_version_id] = before + line.donation_amount
    return [
        labels.print_piece(
            terms=pledges.get_terms_by_version(pledge_version_id=version_id),
            amount=money.Money(amount, currency),
            is_cut=amount != whole[version_id],
        )
        for version_id, amount in amounts.items()
    ]


def _extras(order: Order) -> list[tuple[str, str]]:
    """Return what the total holds besides the pieces, and the tax in it, as rows."""
    rows = [(order.shipping_name or gettext("Shipping"), order.shipping_amount)]
    if order.is_tax_included:
        name = order.tax_name or gettext("Tax")
        rows.append((gettext("%(tax)s included") % {"tax": name}, order.tax_amount))
    return [
        (name, money.format_money(money.Money(amount, order.currency)))
        for name, amount in rows
        if amount
    ]


def _address(order: Order) -> list[str]:
    town = (order.address_city, order.address_region, order.address_postal_code)
    lines = (
        order.full_name,
        order.address_line1,
        order.address_line2,
        " ".join(part for part in town if part),
        order.address_country,
    )
    return [line for line in lines if line]


def _absolute(address: str) -> str:
    return urljoin(f"{conf.SITE_URL}/", address)
