"""Every setting of the store, with its default, read when it is used.

A host writes one dictionary, `STORE`; `checks.py` tells what is wrong with it.
Secrets have no default.
"""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings


class StoreSettings:
    """Typed access to the host's `STORE` dictionary."""

    @property
    def SITE_URL(self) -> str:
        """Return the shop's own address, as https://shop.example, without a slash."""
        return str(self._read("SITE_URL", "")).rstrip("/")

    @property
    def MERCHANT_NAME(self) -> str:
        """Return the name that sells and gives, printed on pages and certificates."""
        return str(self._read("MERCHANT_NAME", ""))

    @property
    def FROM_EMAIL(self) -> str:
        """Return the sender of mails to customers."""
        return str(self._read("FROM_EMAIL", settings.DEFAULT_FROM_EMAIL))

    @property
    def SUPPORT_EMAIL(self) -> str:
        """Return where customers write to, and where their replies go."""
        return str(self._read("SUPPORT_EMAIL", self.FROM_EMAIL))

    @property
    def GATEWAY(self) -> str:
        """Return the dotted path of the class that talks to the payment company."""
        return str(self._read("GATEWAY", "store.gateways.stripe.StripeGateway"))

    @property
    def STRIPE_SECRET_KEY(self) -> str:
        """Return the secret or restricted key; it has no default."""
        return str(self._read("STRIPE_SECRET_KEY", ""))

    @property
    def STRIPE_WEBHOOK_SECRETS(self) -> list[str]:
        """Return the signing secrets of the endpoint, newest first."""
        return list(cast(list[str], self._read("STRIPE_WEBHOOK_SECRETS", [])))

    @property
    def STRIPE_CONNECT_WEBHOOK_SECRETS(self) -> list[str]:
        """Return the signing secrets of the endpoint for connected accounts."""
        named = self._read("STRIPE_CONNECT_WEBHOOK_SECRETS", [])
        return list(cast(list[str], named))

    @property
    def STRIPE_API_BASE(self) -> str:
        """Return another address for the API, for a simulator; blank is Stripe."""
        return str(self._read("STRIPE_API_BASE", ""))

    @property
    def STRIPE_CONNECT_TIMEOUT_SECONDS(self) -> float:
        """Return how long a call may take to connect."""
        return cast(float, self._read("STRIPE_CONNECT_TIMEOUT_SECONDS", 3))

    @property
    def STRIPE_READ_TIMEOUT_SECONDS(self) -> float:
        """Return how long a call may wait for its answer."""
        return cast(float, self._read("STRIPE_READ_TIMEOUT_SECONDS", 15))

    @property
    def SESSION_SECONDS(self) -> int:
        """Return how long a customer has to pay; Stripe allows 30 minutes to 24 hours.

        The default leaves a minute to reach Stripe before its 30 minutes count.
        """
        return cast(int, self._read("SESSION_SECONDS", 31 * 60))

    @property
    def HOLD_SECONDS(self) -> int:
        """Return how long a hold lasts on paper: longer than the Session."""
        return cast(int, self._read("HOLD_SECONDS", 45 * 60))

    @property
    def SHIPPING_COUNTRIES(self) -> list[str]:
        """Return the countries we ship to, as two capitals each."""
        return list(cast(list[str], self._read("SHIPPING_COUNTRIES", ["US"])))

    @property
    def TRANSFER_COUNTRIES(self) -> list[str]:
        """Return further countries to which Stripe lets us send transfers."""
        return list(cast(list[str], self._read("TRANSFER_COUNTRIES", [])))

    @property
    def CURRENCIES(self) -> list[str]:
        """Return the currencies that shoppers may choose, the first one by default."""
        return list(cast(list[str], self._read("CURRENCIES", ["USD"])))

    @property
    def TAXES(self) -> str:
        """Return the dotted path of the class that knows the tax of a place."""
        return str(self._read("TAXES", "store.gateways.taxes.TaxTable"))

    @property
    def PRICES_INCLUDE_TAX(self) -> bool:
        """Tell whether prices contain the tax; otherwise it is added to them."""
        return bool(self._read("PRICES_INCLUDE_TAX", default=True))

    @property
    def AUTOMATIC_TAX(self) -> bool:
        """Tell whether Stripe computes the tax, instead of `TAXES`."""
        return bool(self._read("AUTOMATIC_TAX", default=False))

    @property
    def API_RATE(self) -> str:
        """Return how often one address may read the API: a number by sec, min, hour."""
        return str(self._read("API_RATE", "120/min"))

    @property
    def API_ORDER_RATE(self) -> str:
        """Return how often one address may ask the API for an order."""
        return str(self._read("API_ORDER_RATE", "20/min"))

    @property
    def API_WRITE_RATE(self) -> str:
        """Return how often one address may change something through the API."""
        return str(self._read("API_WRITE_RATE", "60/min"))

    @property
    def GUESS_RATE(self) -> str:
        """Return how often one address may be wrong about a token, code or number."""
        return str(self._read("GUESS_RATE", "20/min"))

    @property
    def FORGERY_RATE(self) -> str:
        """Return how often one address may deliver a webhook that nobody signed."""
        return str(self._read("FORGERY_RATE", "60/min"))

    @property
    def PAYLOAD_DAYS(self) -> int:
        """Return how many days the bodies of webhook events are kept."""
        return cast(int, self._read("PAYLOAD_DAYS", 30))

    @property
    def RECONCILE_CALLS_PER_SECOND(self) -> int:
        """Return how many calls a comparison may make in a second; Stripe bears 25."""
        return cast(int, self._read("RECONCILE_CALLS_PER_SECOND", 4))

    @property
    def SAMPLE_DATA(self) -> bool:
        """Tell whether every page should say that its data is a sample."""
        return bool(self._read("SAMPLE_DATA", default=False))

    def webhook_secrets(self, endpoint: str) -> list[str]:
        """Return the signing secrets of one door; without any it opens to nobody."""
        secrets = {
            "account": self.STRIPE_WEBHOOK_SECRETS,
            "connect": self.STRIPE_CONNECT_WEBHOOK_SECRETS,
        }
        return secrets.get(endpoint, [])

    def count_proxies(self) -> int:
        """Return how many proxies of ours stand in front; the API's own setting."""
        rest = cast(Mapping[str, object], getattr(settings, "REST_FRAMEWORK", {}))
        return cast(int, rest.get("NUM_PROXIES") or 0)

    def _read(self, name: str, default: object) -> Any:
        values = cast(Mapping[str, object], getattr(settings, "STORE", {}))
        return values.get(name, default)


KNOWN = frozenset(name for name in vars(StoreSettings) if name.isupper())

conf = StoreSettings()
