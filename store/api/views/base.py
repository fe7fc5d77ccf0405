"""What the views of the store's API share; a host's DRF settings change none of it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.decorators import method_decorator
from drf_spectacular.openapi import AutoSchema
from rest_framework import generics, negotiation, permissions, renderers, serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from store.api import (
    authentication,
    idempotency,
    parsers,
    problems,
    refusals,
    throttles,
)
from store.api import permissions as own_permissions
from store.services import answers

# The address is the key to the order: no cache keeps it, no link carries it on.
SECRET = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_CLIENT_ERRORS, _SERVER_ERRORS = 400, 500


class StoreView(generics.GenericAPIView[Any]):
    """What every view of the store's API shares; a host's DRF settings change none."""

    http_method_names = ["get", "head"]
    authentication_classes = []
    permission_classes = [permissions.AllowAny]
    throttle_classes = [throttles.ReadThrottle]
    renderer_classes = [renderers.JSONRenderer]
    parser_classes = [parsers.BodyParser]
    content_negotiation_class = negotiation.DefaultContentNegotiation
    versioning_class = None
    metadata_class = None
    filter_backends = []
    pagination_class: type[BasePagination] | None = None
    schema = AutoSchema()
    # What services call a field, and what the caller knows it by, where they differ.
    field_names: Mapping[str, str] = {}

    def get_exception_handler(self) -> Any:
        """Answer errors in the one shape."""
        return problems.answer


# Services commit what must outlive a failure: no transaction around the request.
@method_decorator(transaction.non_atomic_requests, name="dispatch")
class WritingView(StoreView):
    """A view that changes something: what comes in is checked before anything else."""

    def get_throttles(self) -> list[Any]:
        """Count what writes apart from what reads."""
        is_safe = self.request.method in permissions.SAFE_METHODS
        return [
            *super().get_throttles(),
            *([] if is_safe else [throttles.WriteThrottle()]),
        ]

    def read_body(self, kind: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """Return the checked values of the body.

        Raises:
            ValidationError: a field is missing, wrong or unknown; all are named.
        """
        if not isinstance(self.request.data, Mapping):
            raise serializers.ValidationError({"body": ["A JSON object."]})
        serializer = kind(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def answer_once(
        self, scope: str, work: Callable[[], Response], *, is_atomic: bool
    ) -> Response:
        """Do the work once for the caller's key; see `services.answers`."""
        answer = answers.answer_once(
            scope=scope,
            key=idempotency.read_key(self.request),
            digest=idempotency.digest_of(self.request),
            at=timezone.now(),
            act=lambda: self._act(work),
            is_atomic=is_atomic,
        )
        return _respond(answer)

    def _act(self, work: Callable[[], Response]) -> answers.Answer:
        """Turn what a service refuses into an answer to keep; what may pass, raise."""
        try:
            response = work()
        except refusals.KNOWN as error:
            refused = refusals.refuse(error, self.field_names)
            if refused.status_code >= _SERVER_ERRORS:
                raise
            body = problems.body_of(refused, refused.status_code)
            return answers.Answer(refused.status_code, _render(body))
        return answers.Answer(response.status_code, _render(response.data))


class StaffView(WritingView):
    """A view for staff; `needs` names the permission for each method."""

    needs: Mapping[str, str] = {}
    permission_classes = [own_permissions.StaffPermission]

    def get_authenticators(self) -> list[Any]:
        """Authenticate as the host configured it."""
        return list(authentication.find_authenticators())

    def perform_authentication(self, request: Request) -> None:
        """Find out who asks; who tries tokens has to wait."""
        guesses = throttles.GuessThrottle()
        if not guesses.allow_request(request, self):
            self.throttled(request, guesses.wait())
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            throttles.count_guess(request)
            raise


class StaffList(StaffView):
    """A list for staff, in pages."""

    def list_page(self) -> Response:
        """Return the page of the filtered rows that was asked for."""
        matching = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(matching) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def _render(data: Any) -> str:
    return renderers.JSONRenderer().render(data).decode()


def _respond(answer: answers.Answer) -> Response:
    is_problem = answer.status >= _CLIENT_ERRORS
    return Response(
        json.loads(answer.body),
        status=answer.status,
        headers={
            **SECRET,
            **({idempotency.REPEATED_HEADER: "true"} if answer.is_repeated else {}),
        },
        content_type=problems.CONTENT_TYPE if is_problem else None,
    )
