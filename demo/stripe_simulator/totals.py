"""What a Session adds up to: its lines, its shipping, its tax."""

from demo.stripe_simulator import taxes
from demo.stripe_simulator.json_types import JsonObject


def line_amounts(session: JsonObject, asked: JsonObject) -> JsonObject:
    """Return the amounts of one line item.

    A tax that the price contains is told and not added.
    """
    price = asked["price_data"]
    behavior = price.get("tax_behavior")
    amount = price["unit_amount"] * asked.get("quantity", 1)
    tax = taxes.share(amount, session, behavior)
    return {
        "amount_subtotal": amount,
        "amount_tax": tax,
        "amount_total": amount + taxes.added(tax, behavior),
    }


def recount(session: JsonObject) -> None:
    """Bring the sums of a Session up to date."""
    lines = [line_amounts(session, asked) for asked in session["_line_items"]]
    cost = session["shipping_cost"] or {}
    if cost:
        behavior = session["_shipping_behavior"]
        tax = taxes.share(cost["amount_subtotal"], session, behavior)
        cost["amount_tax"] = tax
        added = taxes.added(tax, behavior)
        cost["amount_total"] = cost["amount_subtotal"] + added
    parts = [*lines, cost] if cost else lines
    session["amount_subtotal"] = sum(line["amount_subtotal"] for line in lines)
    session["amount_total"] = sum(part["amount_total"] for part in parts)
    session["total_details"] = {
        "amount_discount": 0,
        "amount_shipping": cost.get("amount_subtotal", 0),
        "amount_tax": sum(part["amount_tax"] for part in parts),
    }
