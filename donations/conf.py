"""Every setting of the donations app, with its default, read when it is used.

A host writes one dictionary, `DONATIONS`; `checks.py` tells what is wrong with it.
"""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings


class DonationsSettings:
    """Typed access to the host's `DONATIONS` dictionary."""

    @property
    def MERCHANT_NAME(self) -> str:
        """Return the name that makes the donations, printed on the impact pages."""
        return str(self._read("MERCHANT_NAME", ""))

    @property
    def SITE_URL(self) -> str:
        """Return the address at which the pages stand, for links in mails."""
        return str(self._read("SITE_URL", "")).rstrip("/")

    @property
    def FROM_EMAIL(self) -> str:
        """Return who writes to beneficiaries; blank for Django's own default."""
        return str(self._read("FROM_EMAIL", ""))

    @property
    def BANK_DETAILS_WAIT_DAYS(self) -> int:
        """Return how long confirmed bank details wait before they take effect."""
        return cast(int, self._read("BANK_DETAILS_WAIT_DAYS", 7))

    @property
    def SEPA_IBAN(self) -> str:
        """Return the merchant's own account in euros, for SEPA payment files."""
        return str(self._read("SEPA_IBAN", ""))

    @property
    def SEPA_BIC(self) -> str:
        """Return the BIC of that account's bank, where the bank asks for it."""
        return str(self._read("SEPA_BIC", ""))

    @property
    def LINK_RATE(self) -> str:
        """Return how often one address may open links to acknowledge payments."""
        return str(self._read("LINK_RATE", "30/min"))

    @property
    def BASE_TEMPLATE(self) -> str:
        """Return the template that the impact pages extend."""
        return str(self._read("BASE_TEMPLATE", "donations/base.html"))

    @property
    def SWEEP_CHUNK(self) -> int:
        """Return how many donations one transaction of the sweep sets aside."""
        return cast(int, self._read("SWEEP_CHUNK", 500))

    @property
    def SWEEP_AGE_SECONDS(self) -> int:
        """Return how old a due donation is when the sweep takes it over."""
        return cast(int, self._read("SWEEP_AGE_SECONDS", 60))

    @property
    def SETTLEMENT_STEPS(self) -> Mapping[str, int]:
        """Return, by currency, the multiple of minor units that can be paid."""
        return cast(Mapping[str, int], self._read("SETTLEMENT_STEPS", {}))

    @property
    def RAILS(self) -> Mapping[str, str]:
        """Return, by name, the class of each way to pay without a person."""
        return cast(Mapping[str, str], self._read("RAILS", {}))

    @property
    def DOCUMENT_STORAGE(self) -> str:
        """Return the name, in `STORAGES`, of where contracts and consents are kept."""
        return str(self._read("DOCUMENT_STORAGE", "default"))

    @property
    def API_RATE(self) -> str:
        """Return how often one address may read the API: a number by sec, min, hour."""
        return str(self._read("API_RATE", "120/min"))

    def _read(self, name: str, default: object) -> Any:
        values = cast(Mapping[str, object], getattr(settings, "DONATIONS", {}))
        return values.get(name, default)


KNOWN = frozenset(name for name in vars(DonationsSettings) if name.isupper())

conf = DonationsSettings()
