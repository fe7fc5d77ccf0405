"""Tax of a Session with `automatic_tax`: made-up rates, exact sums.

Note: the rates. They resemble real ones and are none: one rate for each place below,
in hundredths of a percent, the same for goods and for shipping. A place that is not
in the table pays no tax.
"""

from demo.stripe_simulator import problem
from demo.stripe_simulator.json_types import JsonObject

RATES_BPS = {
    "AU": 1000,
    "CA": 500,
    "CH": 810,
    "DE": 1900,
    "ES": 2100,
    "FR": 2000,
    "GB": 2000,
    "IT": 2200,
    "JP": 1000,
    "NL": 2100,
}
REGION_RATES_BPS = {
    ("CA", "BC"): 1200,
    ("CA", "ON"): 1300,
    ("US", "CA"): 725,
    ("US", "FL"): 600,
    ("US", "NY"): 888,
    ("US", "TX"): 625,
    ("US", "WA"): 650,
}
WHOLE_BPS = 10_000
BEHAVIORS = ("exclusive", "inclusive")


def check(params: JsonObject) -> None:
    """Refuse a Session to be taxed that does not say all that is needed for it.

    Raises:
        ApiError: Names the parameter that is missing.
    """
    if not is_asked(params):
        return
    if not params.get("shipping_address_collection"):
        detail = " without shipping_address_collection"
        raise problem.not_simulated("automatic_tax[enabled]", detail)
    for place, line in enumerate(params["line_items"]):
        path = f"line_items[{place}][price_data][tax_behavior]"
        _check_behavior(line["price_data"], path)
    for place, option in enumerate(params.get("shipping_options") or []):
        path = f"shipping_options[{place}][shipping_rate_data][tax_behavior]"
        _check_behavior(option.get("shipping_rate_data") or {}, path)


def is_asked(params: JsonObject) -> bool:
    """Say whether a new Session is to be taxed."""
    return bool((params.get("automatic_tax") or {}).get("enabled"))


def begin(params: JsonObject) -> JsonObject:
    """Return what a new Session says of its tax: it waits for an address."""
    if not is_asked(params):
        return {"enabled": False, "liability": None, "provider": None, "status": None}
    liability = {"type": "self"}
    status = "requires_location_inputs"
    told = {"liability": liability, "provider": "stripe", "status": status}
    return {"enabled": True, **told}


def locate(session: JsonObject, address: JsonObject) -> None:
    """Let a Session be taxed as its address says."""
    if session["automatic_tax"]["enabled"]:
        session["automatic_tax"]["status"] = "complete"
        session["_tax_bps"] = rate_bps(address.get("country"), address.get("state"))


def rate_bps(country: str | None, region: str | None) -> int:
    """Return the rate of a place, in hundredths of a percent."""
    place = (country or "", (region or "").strip().upper())
    return REGION_RATES_BPS.get(place, RATES_BPS.get(country or "", 0))


def share(amount: int, session: JsonObject, behavior: str | None) -> int:
    """Return the tax in or on an amount, half a unit rounded up."""
    bps = session.get("_tax_bps") or 0
    whole = WHOLE_BPS + bps if behavior == "inclusive" else WHOLE_BPS
    return (2 * amount * bps + whole) // (2 * whole)


def added(tax: int, behavior: str | None) -> int:
    """Return how much a tax adds to what is paid."""
    return 0 if behavior == "inclusive" else tax


def _check_behavior(priced: JsonObject, path: str) -> None:
    if priced.get("tax_behavior") not in BEHAVIORS:
        message = f"With automatic tax this is one of {', '.join(BEHAVIORS)}."
        raise problem.invalid(message, param=path, code="parameter_missing")
