"""The addresses that get events, as an account has them."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """One address that gets events; no types means all of them.

    A connect endpoint gets the events of connected accounts, and only those. Every
    secret signs: while one is rolled there are two.
    """

    url: str
    secrets: tuple[str, ...]
    event_types: frozenset[str] = frozenset()
    is_connect: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no web address, and a missing secret."""
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"Not a web address: {self.url}")
        if not all(self.secrets) or not self.secrets:
            raise ValueError(f"No webhook secret for {self.url}")

    def wants(self, event_type: str, account: str | None = None) -> bool:
        """Say whether this endpoint gets events of a type, of an account."""
        is_wanted = not self.event_types or event_type in self.event_types
        return is_wanted and bool(account) == self.is_connect
