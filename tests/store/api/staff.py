"""Staff of tests, with exactly the permissions named, and what staff looks at."""

from django.contrib.auth.models import Permission, User
from rest_framework import authentication, exceptions

from store.models import Difference, Dispute
from tests.store_factories import AT


def make_staff(*permissions, name="clerk", **flags):
    """Return a user who may do what is named, as view_order; staff by default."""
    user = User.objects.create_user(
        name, password="secret", **{"is_staff": True} | flags
    )
    found = Permission.objects.filter(
        codename__in=permissions, content_type__app_label="store"
    )
    assert len(found) == len(permissions)
    user.user_permissions.set(found)
    return user


def make_dispute(payment, number=0, **columns):
    """Record a dispute of a payment."""
    return Dispute.objects.create(
        payment=payment,
        gateway_id=f"dp_{number}",
        amount=payment.amount,
        withdrawn_amount=100,
        currency="USD",
        opened_at=AT,
        checked_at=AT,
        **{"status": "needs_response"} | columns,
    )


def make_difference(order, number=0, **columns):
    """Record a difference."""
    return Difference.objects.create(
        kind="payment_amount",
        reference=f"pi_{number}",
        order=order,
        details="Ours is more.",
        ours_amount=200,
        theirs_amount=100,
        currency="USD",
        found_at=AT,
        seen_at=AT,
        **columns,
    )


class PaperToken(authentication.BaseAuthentication):
    """A host's own way to log in: the user's name, on paper."""

    def authenticate(self, request):
        """Return the user whose name is sent."""
        name = request.headers.get("Paper")
        if name is None:
            return None
        user = User.objects.filter(username=name).first()
        if user is None:
            raise exceptions.AuthenticationFailed
        return user, None

    def authenticate_header(self, request):
        """Name the scheme."""
        return "Paper"
