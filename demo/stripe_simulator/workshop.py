"""Makes API objects: every key the contract knows, filled or empty."""

import copy
import random
import string
from typing import Any

from demo.stripe_simulator.clock import Clock
from demo.stripe_simulator.json_types import JsonObject, Schema
from demo.stripe_simulator.state import State

LETTERS = string.ascii_letters + string.digits
EMPTY_VALUES: dict[str, Any] = {
    "array": [],
    "boolean": False,
    "integer": 0,
    "number": 0.0,
    "string": "",
}
# Keys the API sends only in some situations.
SITUATIONAL = {
    "account": {"company", "deleted", "groups", "individual"},
    "checkout.session": {
        "allowed_payment_method_types",
        "branding_settings",
        "excluded_payment_method_types",
        "line_items",
        "name_collection",
        "optional_items",
        "presentment_details",
        "redirect_on_completion",
        "return_url",
        "tax_id_collection",
    },
    "payment_intent": {
        "hooks",
        "payment_details",
        "payment_record",
        "presentment_details",
    },
    "charge": {
        "authorization_code",
        "level3",
        "presentment_details",
        "radar_options",
        "transfer",
    },
    "refund": {
        "description",
        "failure_balance_transaction",
        "failure_reason",
        "instructions_email",
        "next_action",
        "pending_reason",
        "presentment_details",
    },
    "event": {"account", "context"},
}


class Workshop:
    """Makes objects with fresh ids and keeps them in the state."""

    def __init__(
        self, schemas: dict[str, Schema], state: State, clock: Clock, public_url: str
    ) -> None:
        """Keep where shapes, storage and time come from."""
        self._schemas = schemas
        self._state = state
        self._clock = clock
        self._random = random.Random()  # noqa: S311  ids, not secrets
        self.public_url = public_url

    def sow(self, seed: str) -> None:
        """Let ids follow from a seed and from how many objects there were before."""
        self._random.seed(f"{seed} {self._state.count()}")

    def create(self, prefix: str, kind: str, fields: JsonObject) -> JsonObject:
        """Make and keep an object; names that begin with `_` stay private."""
        known = self._schemas[kind]["properties"]
        obj = self.blank(kind)
        obj |= {"id": self.identifier(prefix), "object": kind}
        obj |= {"created": self._clock.seconds(), "livemode": False, **fields}
        obj = {k: v for k, v in obj.items() if k in known or k.startswith("_")}
        self._state.add(obj)
        return obj

    def blank(self, kind: str) -> JsonObject:
        """Return an object with every usual key and nothing in it."""
        schema = self._schemas[kind]
        required = schema.get("required", ())
        return {
            key: _empty(rule, is_required=key in required)
            for key, rule in schema["properties"].items()
            if key not in SITUATIONAL.get(kind, ())
        }

    def identifier(self, prefix: str) -> str:
        """Return a fresh id of the usual length."""
        length = 58 if prefix == "cs_test" else 24
        return f"{prefix}_{''.join(self._random.choices(LETTERS, k=length))}"


def public(obj: Any) -> Any:
    """Return a copy without the simulator's private keys, at any depth."""
    if isinstance(obj, list):
        return [public(inner) for inner in obj]
    if not isinstance(obj, dict):
        return obj
    return {k: public(v) for k, v in obj.items() if not k.startswith("_")}


def _empty(rule: Schema, *, is_required: bool) -> Any:
    if rule.get("nullable") or not is_required:
        return None
    if "enum" in rule:
        return rule["enum"][0]
    if rule.get("type") == "object":
        required = rule.get("required", ())
        return {
            key: _empty(inner, is_required=key in required)
            for key, inner in rule.get("properties", {}).items()
        }
    return copy.copy(EMPTY_VALUES.get(rule.get("type", "")))
