"""The impact part of the API: read by anybody, changed by nobody."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import Http404
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import negotiation, permissions, renderers, views
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle

from donations.api import problems, serializers
from donations.conf import conf
from donations.services import impact

_Method = TypeVar("_Method", bound=Callable[..., Any])


class ImpactThrottle(SimpleRateThrottle):
    """Slows down one address that reads too often."""

    scope = "donations-read"

    def get_rate(self) -> str:
        """Return the rate that the host has set."""
        return conf.API_RATE

    def get_cache_key(self, request: Request, view: views.APIView) -> str:
        """Count by address; behind proxies it is found by DRF's `NUM_PROXIES`."""
        ident = self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}


def _answers(good: Any, *bad: int) -> dict[Any, Any]:
    """Describe the answers of an operation for the schema."""
    problem = OpenApiResponse(
        serializers.GivingProblemSerializer, "A problem; see its code."
    )
    described = {(status, problems.CONTENT_TYPE): problem for status in (*bad, 429)}
    return {(200, "application/json"): good, **described}


def _describe(
    name: str, summary: str, answers: dict[Any, Any]
) -> Callable[[_Method], _Method]:
    describe_on = extend_schema(
        operation_id=name, summary=summary, tags=["impact"], responses=answers
    )

    def decorate(method: _Method) -> _Method:
        # Without this, extend_schema builds on the class in the host's settings.
        method.kwargs = {"schema": AutoSchema}  # type: ignore[attr-defined]
        return describe_on(method)

    return decorate


class ImpactView(views.APIView):
    """What both views share; a host's DRF settings change none of it."""

    http_method_names = ["get", "head"]
    authentication_classes = []
    permission_classes = [permissions.AllowAny]
    throttle_classes = [ImpactThrottle]
    renderer_classes = [renderers.JSONRenderer]
    content_negotiation_class = negotiation.DefaultContentNegotiation
    versioning_class = None
    metadata_class = None
    schema = AutoSchema()

    def get_exception_handler(self) -> Any:
        """Answer errors in the one shape."""
        return problems.answer


class ImpactList(ImpactView):
    """Everything given."""

    @_describe(
        "impact_list",
        "What was given, over all pledges and by pledge",
        _answers(serializers.ImpactSerializer),
    )
    def get(self, request: Request) -> Response:
        """Return totals by currency and by pledge, from the ledger."""
        return Response(serializers.ImpactSerializer(impact.read_totals()).data)


class ImpactDetail(ImpactView):
    """One pledge."""

    @_describe(
        "impact_retrieve",
        "What one pledge gave",
        _answers(serializers.PledgeImpactSerializer, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the totals of one pledge."""
        try:
            found = impact.read_pledge_totals(slug=slug)
        except impact.PledgeNotFoundError as error:
            raise Http404(str(error)) from error
        return Response(serializers.PledgeImpactSerializer(found).data)
