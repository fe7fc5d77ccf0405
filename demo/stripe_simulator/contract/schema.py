"""Builds an OpenAPI document from the installed Stripe SDK.

The SDK is generated from the description of the API, and its annotations keep
that contract for exactly the version the SDK pins: parameters are TypedDicts,
resources annotated classes, services hold verb and path of every call. What
annotations cannot tell (lengths, patterns, ranges) is not guessed here.
"""

import ast
import functools
import json
import pathlib
import re
from collections.abc import Iterator
from typing import cast

from demo.stripe_simulator.contract import source
from demo.stripe_simulator.contract.components import Components, is_resource
from demo.stripe_simulator.json_types import JsonObject, Schema

ALL = ""
ENDPOINTS = {
    "stripe.checkout._session_service": ALL,
    "stripe.checkout._session_line_item_service": ALL,
    "stripe._payment_intent_service": "create retrieve update list confirm cancel",
    "stripe._refund_service": ALL,
    "stripe._charge_service": "retrieve list update search",
    "stripe._balance_transaction_service": ALL,
    "stripe._balance_service": ALL,
    "stripe._customer_service": "create retrieve update list",
    "stripe._transfer_service": ALL,
    "stripe._transfer_reversal_service": ALL,
    "stripe._account_service": "create retrieve update list retrieve_current",
    "stripe._dispute_service": ALL,
    "stripe._event_service": ALL,
    "stripe._webhook_endpoint_service": ALL,
    "stripe._payout_service": "retrieve list",
}
RESOURCES = [
    "stripe.checkout._session",
    "stripe._payment_intent",
    "stripe._refund",
    "stripe._charge",
    "stripe._balance_transaction",
    "stripe._balance",
    "stripe._customer",
    "stripe._transfer",
    "stripe._transfer_reversal",
    "stripe._account",
    "stripe._account_link",
    "stripe._dispute",
    "stripe._event",
    "stripe._webhook_endpoint",
    "stripe._product",
    "stripe._price",
    "stripe._coupon",
    "stripe._promotion_code",
    "stripe._shipping_rate",
    "stripe._payment_method",
    "stripe._line_item",
    "stripe._payout",
    "stripe._discount",
]
# Codes that the API answers with and the SDK does not list.
UNLISTED_CODES = ["insufficient_capabilities_for_transfer"]
# Grows when the document of one and the same SDK changes.
EDITION = 2
ERROR_TYPES = [
    "api_error",
    "card_error",
    "idempotency_error",
    "invalid_request_error",
]


@functools.cache
def build() -> JsonObject:
    """Return the OpenAPI document of the installed SDK; takes about a second."""
    components = Components(RESOURCES)
    for module in RESOURCES:
        for node in source.parse_module(module).classes.values():
            if is_resource(node):
                components.refer(module, node.name)
    paths = _paths(components)
    components.build()
    schemas = components.schemas
    schemas["error_envelope"] = _error_envelope(schemas)
    return {
        "openapi": "3.0.0",
        "info": _info(),
        "servers": [{"url": "https://api.stripe.com"}],
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def load(folder: pathlib.Path | None = None) -> JsonObject:
    """Return the document, kept as a file in `folder` between starts."""
    if folder is None:
        return build()
    kept = folder / f"stripe-contract-{source.sdk_version()}-{EDITION}.json"
    if kept.exists():
        return cast(JsonObject, json.loads(kept.read_text(encoding="utf-8")))
    document = build()
    unfinished = kept.with_suffix(".part")
    unfinished.write_text(json.dumps(document), encoding="utf-8")
    unfinished.replace(kept)
    return document


def _info() -> JsonObject:
    return {
        "title": "Part of the Stripe API, derived from the types of its Python SDK",
        "version": source.read_constant("stripe._api_version", "CURRENT"),
        "license": {"name": "MIT"},
        "x-sdk-version": source.sdk_version(),
    }


def _paths(components: Components) -> JsonObject:
    paths: JsonObject = {}
    for module, wanted in ENDPOINTS.items():
        for function in _service_methods(module, wanted.split()):
            call = _find_request(function)
            if call is None:
                continue
            verb, template = _literal(call.args[0]), _literal(call.args[1])
            operation = _operation(components, module, function, verb)
            paths.setdefault(template, {})[verb] = operation
    return paths


def _service_methods(module: str, wanted: list[str]) -> Iterator[ast.FunctionDef]:
    for node in source.parse_module(module).classes.values():
        if not node.name.endswith("Service"):
            continue
        for function in node.body:
            if not isinstance(function, ast.FunctionDef):
                continue
            if function.name in wanted or (not wanted and function.name[0] != "_"):
                yield function


def _find_request(function: ast.FunctionDef) -> ast.Call | None:
    calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
    return next((c for c in calls if getattr(c.func, "attr", "") == "_request"), None)


def _literal(node: ast.expr) -> str:
    """Return a text constant, or the template in `"...".format(...)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _literal(node.func.value)
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def _operation(
    components: Components, module: str, function: ast.FunctionDef, verb: str
) -> JsonObject:
    name = module.split(".", 1)[1]
    operation: JsonObject = {"operationId": f"{name}.{function.name}"}
    parameters = _find_parameters(components, module, function)
    if parameters and verb == "post":
        form = {"application/x-www-form-urlencoded": {"schema": parameters}}
        operation["requestBody"] = {"content": form}
    elif parameters:
        operation["x-query-schema"] = parameters
    answer = components.convert(function.returns, module) if function.returns else {}
    error = {"$ref": "#/components/schemas/error_envelope"}
    operation["responses"] = {
        "200": {"description": "ok", "content": {"application/json": _body(answer)}},
        "default": {"description": "no", "content": {"application/json": _body(error)}},
    }
    return operation


def _body(schema: Schema) -> Schema:
    return {"schema": schema}


def _find_parameters(
    components: Components, module: str, function: ast.FunctionDef
) -> Schema | None:
    annotations = (a.annotation for a in function.args.args if a.arg == "params")
    annotation = next(annotations, None)
    found = annotation and re.search(r"(\w+Params)\b", ast.unparse(annotation))
    if not found:
        return None
    return components.refer(*source.parse_module(module).imports[found.group(1)])


def _error_envelope(schemas: dict[str, Schema]) -> Schema:
    """Return the schema of an error; the SDK lists its codes on the intent."""
    intent = schemas["payment_intent"]["properties"]
    code = dict(intent["last_payment_error"]["properties"]["code"])
    code.pop("nullable", None)
    code["enum"] = [*code["enum"], *UNLISTED_CODES]
    fields: Schema = {
        "type": {"type": "string", "enum": ERROR_TYPES},
        "code": code,
        "message": {"type": "string"},
        "param": {"type": "string", "nullable": True},
        "decline_code": {"type": "string"},
    }
    error = {"type": "object", "required": ["type"], "properties": fields}
    return {"type": "object", "required": ["error"], "properties": {"error": error}}
