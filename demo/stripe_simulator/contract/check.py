"""Holds calls, answers and webhook events against the contract."""

import functools
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema
from jsonschema.exceptions import ValidationError

from demo.stripe_simulator.contract import forms
from demo.stripe_simulator.json_types import JsonObject, Schema

NO_PARAMETERS: Schema = {
    "type": "object",
    "properties": {},
    "additionalProperties": False,
}
NOT_JSON_SCHEMA = {"nullable", "x-open-enum", "x-resourceId", "x-not-in-subset"}
EVENT_OBJECTS = {
    "checkout.session.": "checkout.session",
    "payment_intent.": "payment_intent",
    "charge.dispute.": "dispute",
    "charge.refund.": "refund",
    "charge.": "charge",
    "refund.": "refund",
    "transfer.": "transfer",
    "account.updated": "account",
}


class ContractError(AssertionError):
    """A call, an answer or an event breaks the contract of the pinned version.

    A call: correct the parameter named in `param`. An answer or an event: the
    simulator is wrong, not the caller.
    """

    def __init__(self, where: str, problem: str, param: str | None = None) -> None:
        """Say where, what, and which parameter when it is one."""
        super().__init__(f"{where}: {problem}")
        self.problem = problem
        self.param = param


class UnknownOperationError(ContractError):
    """The API has no such address and verb; look at the path and the version."""


class Contract:
    """The checks, over one OpenAPI document."""

    def __init__(self, document: JsonObject) -> None:
        """Prepare routes and schemas of the document."""
        self.document = document
        self.version: str = document["info"]["version"]
        self.schemas: dict[str, Schema] = document["components"]["schemas"]
        self._definitions = {k: _json_schema(v) for k, v in self.schemas.items()}
        self._routes = _compile_routes(document["paths"])
        self._typing = forms.Typing(self._dereference, self._fits)
        self._validator = functools.cache(self._make_validator)

    def check_call(
        self, method: str, url: str, body: str, headers: Mapping[str, str]
    ) -> tuple[str, JsonObject]:
        """Check a whole call, headers included, as a client sends it.

        Returns its path template and its parameters.

        Raises:
            ContractError: It would be refused.
        """
        template, _ = self._find_operation(method, url)
        where = f"{method.upper()} {template}"
        sent = {key.lower(): value for key, value in headers.items()}
        if not re.match(r"Bearer (sk|rk)_(test|live)_", sent.get("authorization", "")):
            raise ContractError(where, "no usable secret or restricted key")
        if sent.get("stripe-version") != self.version:
            raise ContractError(where, f"Stripe-Version is not {self.version}")
        if method.upper() == "POST" and not sent.get("idempotency-key"):
            raise ContractError(where, "POST without Idempotency-Key")
        return template, self.check_request(method, url, body)

    def check_request(self, method: str, url: str, body: str) -> JsonObject:
        """Return the typed parameters of a call.

        Raises:
            ContractError: A parameter is unknown, missing or of another kind.
        """
        template, operation = self._find_operation(method, url)
        where = f"{method.upper()} {template}"
        is_post = method.upper() == "POST"
        schema = _form_schema(operation) if is_post else _query_schema(operation)
        query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        pairs = [*query, *parse_qsl(body, keep_blank_values=True)]
        try:
            values = self._typing.read(forms.unflatten(pairs), schema)
        except forms.FormError as error:
            raise ContractError(where, str(error), error.key) from error
        self._check(values, schema, where)
        return dict(values)

    def check_response(self, method: str, url: str, status: int, body: str) -> Any:
        """Return the parsed answer to a call.

        Raises:
            ContractError: The answer is not what the API promises.
        """
        template, operation = self._find_operation(method, url)
        key = "200" if status in range(200, 300) else "default"
        schema = operation["responses"][key]["content"]["application/json"]["schema"]
        answer = json.loads(body)
        self._check(answer, schema, f"{method.upper()} {template} answer {status}")
        return answer

    def check_object(self, value: JsonObject) -> None:
        """Check one API object by the name it carries.

        Raises:
            ContractError: It has no known name or does not fit.
        """
        name = str(value.get("object"))
        if name not in self.schemas:
            raise ContractError(name, "no such object in the contract")
        self._check(value, _reference(name), f"object {name}")

    def check_event(self, body: str | JsonObject) -> JsonObject:
        """Return the parsed event: envelope, version, type and object checked.

        Raises:
            ContractError: Any of them is not what the API would send.
        """
        event: JsonObject = json.loads(body) if isinstance(body, str) else body
        self._check(event, _reference("event"), "event")
        kind = event["type"]
        if event.get("api_version") != self.version:
            raise ContractError(kind, f"api_version is not {self.version}")
        expected = object_of(kind)
        if expected is None:
            raise ContractError(kind, "event type outside the contract")
        carried = event["data"]["object"]
        if carried.get("object") != expected:
            raise ContractError(kind, f"does not carry a {expected}")
        self.check_object(carried)
        return event

    def _find_operation(self, method: str, url: str) -> tuple[str, JsonObject]:
        path = urlsplit(url).path
        for pattern, template, operations in self._routes:
            if pattern.fullmatch(path) and method.lower() in operations:
                return template, operations[method.lower()]
        raise UnknownOperationError(f"{method.upper()} {path}", "no such operation")

    def _check(self, value: Any, schema: Schema, where: str) -> None:
        errors = self._validator_for(schema).iter_errors(value)
        found = sorted(errors, key=lambda error: [str(p) for p in error.path])
        if found:
            deepest = [_deepest(error) for error in found[:8]]
            problem = "; ".join(_describe(error) for error in deepest)
            raise ContractError(where, problem, _param(deepest[0]))

    def _fits(self, value: Any, schema: Schema) -> bool:
        return bool(self._validator_for(schema).is_valid(value))

    def _validator_for(self, schema: Schema) -> Any:
        return self._validator(json.dumps(schema, sort_keys=True))

    def _make_validator(self, schema: str) -> Any:
        root = {"$defs": self._definitions, **_json_schema(json.loads(schema))}
        return jsonschema.Draft202012Validator(root)

    def _dereference(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
        return schema


def object_of(event_type: str) -> str | None:
    """Return the kind of object that events of a type carry."""
    found = (EVENT_OBJECTS[p] for p in EVENT_OBJECTS if event_type.startswith(p))
    return next(found, None)


def _compile_routes(
    paths: JsonObject,
) -> list[tuple[re.Pattern[str], str, JsonObject]]:
    """Return the addresses as patterns; literal ones go before templates."""
    templates = sorted(paths, key=lambda template: template.count("{"))
    compiled = (re.compile(re.sub(r"{\w+}", "([^/]+)", t)) for t in templates)
    return [(p, t, paths[t]) for p, t in zip(compiled, templates, strict=True)]


def _form_schema(operation: JsonObject) -> Schema:
    content = operation.get("requestBody", {}).get("content", {})
    form = content.get("application/x-www-form-urlencoded", {})
    return dict(form.get("schema", NO_PARAMETERS))


def _query_schema(operation: JsonObject) -> Schema:
    return dict(operation.get("x-query-schema", NO_PARAMETERS))


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json_schema(schema: Any) -> Any:
    """Return the JSON Schema 2020-12 that an OpenAPI 3.0 schema stands for."""
    if isinstance(schema, list):
        return [_json_schema(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {k: v for k, v in schema.items() if k not in NOT_JSON_SCHEMA}
    out = {k: v if k == "enum" else _json_schema(v) for k, v in kept.items()}
    if "$ref" in out:
        out["$ref"] = out["$ref"].replace("#/components/schemas/", "#/$defs/")
    if out.get("format") == "decimal":
        out["pattern"] = r"^-?\d+(\.\d+)?$"
    return {"anyOf": [out, {"type": "null"}]} if schema.get("nullable") else out


def _deepest(error: ValidationError) -> ValidationError:
    """Return the most telling error inside a choice of forms."""
    while error.context:
        error = max(error.context, key=_depth)
    return error


def _depth(error: ValidationError) -> tuple[int, bool]:
    return len(error.absolute_path), error.validator != "type"


def _describe(error: ValidationError) -> str:
    path = _bracketed(error.absolute_path) or "(top)"
    return f"{path}: {error.message[:200]}"


def _param(error: ValidationError) -> str | None:
    """Return the name of the parameter at fault, as a form would spell it."""
    path = list(error.absolute_path)
    if isinstance(error.instance, dict) and error.validator == "required":
        wanted: Any = error.validator_value
        path += [name for name in wanted if name not in error.instance][:1]
    if isinstance(error.instance, dict) and error.validator == "additionalProperties":
        known = error.schema["properties"] if isinstance(error.schema, dict) else {}
        path += [n for n in error.instance if n not in known][:1]
    return _bracketed(path) or None


def _bracketed(path: Iterable[str | int]) -> str:
    parts = [str(part) for part in path]
    return "".join(parts[:1] + [f"[{part}]" for part in parts[1:]])
