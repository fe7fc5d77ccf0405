"""What the listed price contains: pages promise it only where it is true."""

from store.conf import conf
from store.models import ShippingZone
from store.services import taxes


def is_delivery_included() -> bool:
    """Tell whether delivery costs nothing on top: a shop without zones."""
    return not ShippingZone.objects.exists()


def is_tax_included() -> bool:
    """Tell whether no tax is added to the listed prices, wherever they go."""
    if conf.PRICES_INCLUDE_TAX:
        return True
    return not (conf.AUTOMATIC_TAX or taxes.is_place_needed())


def describe_offer() -> dict[str, bool]:
    """Return it for a template, under the names that the pages use."""
    return {
        "is_delivery_included": is_delivery_included(),
        "is_tax_included": is_tax_included(),
        "is_tax_awaited": conf.AUTOMATIC_TAX,
    }
