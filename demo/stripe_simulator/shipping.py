"""Shipping of a Session: the options offered and the address given."""

from demo.stripe_simulator import problem
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.workshop import Workshop

MOST_OPTIONS = 5
ADDRESS_FIELDS = ("line1", "line2", "city", "state", "postal_code", "country")
# An address to fill in for those who try the page out.
SAMPLES = {
    "US": ("1 Sample Street", "", "San Francisco", "CA", "94103", "US"),
    "CA": ("1 Sample Street", "", "Toronto", "ON", "M5V 2T6", "CA"),
    "GB": ("1 Sample Street", "", "London", "", "SW1A 1AA", "GB"),
    "FR": ("1 rue de l'Exemple", "", "Paris", "", "75001", "FR"),
    "DE": ("Musterstraße 1", "", "Berlin", "", "10115", "DE"),
    "JP": ("1-1 Mihon", "", "Chiyoda-ku", "Tokyo", "100-0001", "JP"),
}
ELSEWHERE = ("1 Sample Street", "", "Sample City", "", "10000")


def sample_address(country: str) -> JsonObject:
    """Return a made-up address in a country."""
    values = SAMPLES.get(country, (*ELSEWHERE, country))
    return dict(zip(ADDRESS_FIELDS, values, strict=True))


def countries(session: JsonObject) -> list[str]:
    """Return the countries a Session ships to; none when it does not ask."""
    asked = session.get("shipping_address_collection") or {}
    return list(asked.get("allowed_countries", []))


def make_options(workshop: Workshop, params: JsonObject) -> list[JsonObject]:
    """Return the shipping options of a new Session, each with its rate.

    Raises:
        ApiError: There are too many, or one says too little or something wrong.
    """
    asked = params.get("shipping_options") or []
    if len(asked) > MOST_OPTIONS:
        message = f"At most {MOST_OPTIONS} shipping options."
        raise problem.invalid(message, param="shipping_options")
    for place, option in enumerate(asked):
        path = f"shipping_options[{place}][shipping_rate_data]"
        _check(option.get("shipping_rate_data") or {}, params, path)
    return [_make_option(workshop, one["shipping_rate_data"]) for one in asked]


def choose(session: JsonObject, rate_id: str | None) -> None:
    """Let a Session ship by one of its options; the first when none is named."""
    options = session["shipping_options"]
    if not options:
        return
    chosen = next((o for o in options if o["shipping_rate"] == rate_id), options[0])
    amount = chosen["shipping_amount"]
    session["_shipping_behavior"] = chosen["_behavior"]
    session["shipping_cost"] = {
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "shipping_rate": chosen["shipping_rate"],
    }


def _check(data: JsonObject, params: JsonObject, path: str) -> None:
    fixed = data.get("fixed_amount") or {}
    if fixed.get("amount") is None:
        message = "Missing a fixed amount."
        param = f"{path}[fixed_amount]"
        raise problem.invalid(message, param=param, code="parameter_missing")
    if fixed["amount"] < 0:
        message = "This value must be greater than or equal to 0."
        param = f"{path}[fixed_amount][amount]"
        raise problem.invalid(message, param=param, code="parameter_invalid_integer")
    currency = params["line_items"][0]["price_data"]["currency"]
    if fixed["currency"].lower() != currency.lower():
        message = "Shipping must have the currency of the line items."
        param = f"{path}[fixed_amount][currency]"
        raise problem.invalid(message, param=param)


def _make_option(workshop: Workshop, data: JsonObject) -> JsonObject:
    rate = workshop.create("shr", "shipping_rate", _rate_fields(data))
    return {
        "_behavior": data.get("tax_behavior"),
        "shipping_amount": data["fixed_amount"]["amount"],
        "shipping_rate": rate["id"],
    }


def _rate_fields(data: JsonObject) -> JsonObject:
    fixed = data["fixed_amount"]
    amount = {"amount": fixed["amount"], "currency": fixed["currency"].lower()}
    return {
        "active": True,
        "display_name": data.get("display_name"),
        "delivery_estimate": data.get("delivery_estimate"),
        "fixed_amount": amount,
        "metadata": data.get("metadata") or {},
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "type": "fixed_amount",
    }
