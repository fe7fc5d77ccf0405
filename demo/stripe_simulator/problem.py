"""The errors the API answers with."""

from demo.stripe_simulator.json_types import JsonObject


class ApiError(Exception):
    """A call is refused; `body` is what the caller is told.

    `is_kept` says whether the answer belongs to the idempotency key. Answers
    to calls that never began (a wrong parameter) do not.
    """

    def __init__(self, status: int, body: JsonObject, *, is_kept: bool) -> None:
        """Keep the HTTP status and the error object without its empty keys."""
        super().__init__(str(body.get("message", "")))
        self.status = status
        self.body = {key: value for key, value in body.items() if value is not None}
        self.is_kept = is_kept


def invalid(
    message: str, *, param: str | None = None, code: str | None = None
) -> ApiError:
    """Return the refusal of a wrong parameter."""
    body = {"message": message, "param": param, "code": code}
    return ApiError(400, {"type": "invalid_request_error", **body}, is_kept=False)


def refused(
    message: str, *, param: str | None = None, code: str | None = None
) -> ApiError:
    """Return the refusal of a well-formed call that the state forbids."""
    body = {"message": message, "param": param, "code": code}
    return ApiError(400, {"type": "invalid_request_error", **body}, is_kept=True)


def missing(identifier: str, param: str = "id") -> ApiError:
    """Return the answer for an object that does not exist."""
    body = {
        "type": "invalid_request_error",
        "message": f"No such object: '{identifier}'",
        "code": "resource_missing",
        "param": param,
    }
    return ApiError(404, body, is_kept=False)


def not_simulated(param: str, detail: str = "") -> ApiError:
    """Return the refusal of what the API knows and the simulator does not."""
    message = f"This simulator does not simulate {param}{detail}."
    return invalid(message, param=param)


def unauthorized(message: str) -> ApiError:
    """Return the refusal of a key."""
    body = {"type": "invalid_request_error", "message": message}
    return ApiError(401, body, is_kept=False)
