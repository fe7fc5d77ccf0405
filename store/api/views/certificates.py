"""Reading certificates."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from store.api import throttles
from store.api.describing import describe
from store.api.serializers import certificates
from store.api.views import base
from store.models import Certificate


class CertificateDetail(base.StoreView):
    """One certificate."""

    throttle_classes = [throttles.ReadThrottle, throttles.GuessThrottle]
    queryset = Certificate.objects.order_by("-version")
    serializer_class = certificates.CertificateSerializer

    @describe(
        "certificates_retrieve",
        "Read a certificate",
        tag="certificates",
        good=certificates.CertificateSerializer,
        bad=(404,),
    )
    def get(self, request: Request, number: str) -> Response:
        """Read the newest version of a certificate, whatever its status."""
        versions = list(self.get_queryset().filter(number=number))
        if not versions:
            throttles.count_guess(request)
            raise Http404
        context = {"versions": versions}
        return Response(
            certificates.CertificateSerializer(versions[0], context=context).data
        )
