"""Tells the host's security log of acts that were refused: rules and ids, no more.

Account numbers, tokens and names of people never get here. The logger's name is
`donations.security`.
"""

import logging

logger = logging.getLogger("donations.security")


def log_refusal(*, rule: str, **ids: int | None) -> None:
    """Log that a rule refused an act, with the ids of the rows that it was about."""
    about = " ".join(f"{name}={pk}" for name, pk in sorted(ids.items()))
    logger.warning("refused: %s (%s)", rule, about)
