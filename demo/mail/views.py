"""The `/dev/mail/` pages: what the demo would have sent, to read in the browser."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from demo.mail import mailbox

# Mail is styled inline, as mail programs need it. The frame may do nothing but show it
# and follow its links; the shop's own pages keep their strict policy.
FRAME_POLICY = {
    "default-src": [NONE],
    "img-src": [SELF, "data:"],
    "style-src": [UNSAFE_INLINE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-top-navigation-by-user-activation"],
}


@require_safe
@never_cache
def list_mail(request: HttpRequest) -> HttpResponse:
    """Show the latest messages."""
    return render(request, "demo/mail_list.html", {"letters": mailbox.list_letters()})


@require_safe
@never_cache
def show_mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one message: its HTML part in a frame, its text part, its source."""
    return render(request, "demo/mail_detail.html", {"letter": _find(name)})


@require_safe
@never_cache
@xframe_options_sameorigin
@csp(FRAME_POLICY)  # type: ignore[arg-type]  # Its hints know no path arguments.
def show_html(request: HttpRequest, name: str) -> HttpResponse:
    """Show the HTML part alone, as the frame loads it."""
    return HttpResponse(_find(name).html)


@require_safe
@never_cache
def show_source(request: HttpRequest, name: str) -> HttpResponse:
    """Show the message as it would go over the wire."""
    return HttpResponse(_find(name).raw, content_type="text/plain; charset=utf-8")


def _find(name: str) -> mailbox.Letter:
    letter = mailbox.find_letter(name)
    if letter is None:
        raise Http404("No such message.")
    return letter
