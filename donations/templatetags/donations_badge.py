"""The badge of a pledge, for the host's other pages."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from donations.services import badges, impact

register = template.Library()


@register.simple_tag
def pledge_badge(slug: str) -> SafeString:
    """Show a pledge's badge, linked to its page; nothing for one that is not there."""
    try:
        badge = badges.read_badge(slug=slug)
    except impact.PledgeNotFoundError:
        return SafeString("")
    return format_html(
        '<a class="pledge-badge" href="{}"><img src="{}" width="320" height="104" '
        'alt="{}"></a>',
        reverse("donations:pledge", args=[badge.slug]),
        reverse("donations:badge", args=[badge.slug]),
        badge.title,
    )
