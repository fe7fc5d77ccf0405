"""Money in any order: random stories of a shop, with an auditor looking on.

`STEPS=20000 python -m pytest tests/journeys/test_any_order.py` says how many steps are
taken; a story that ends badly is printed as a short program that repeats it.
"""

import os

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.journeys import machine

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

STEPS = int(os.environ.get("STEPS", "20000"))
STEPS_A_STORY = 100
# Several tests, so that several processes can take part.
PARTS = 4
# Making a bad story shorter takes many minutes: only when somebody asks for it.
SHRINK = [hypothesis.Phase.shrink] if os.environ.get("SHRINK") else []
PHASES = [hypothesis.Phase.explicit, hypothesis.Phase.generate, *SHRINK]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.usefixtures("no_broker")
def test_the_books_agree_in_any_order(part, simulator, settings):
    """After every step nothing is broken, and in the end all the books agree."""
    settings.STORE = {**settings.STORE, "RECONCILE_CALLS_PER_SECOND": 10_000}
    story = type("Story", (machine.Shop,), {"simulator": simulator})

    run_state_machine_as_test(
        story,
        settings=hypothesis.settings(
            max_examples=max(STEPS // STEPS_A_STORY // PARTS, 1),
            stateful_step_count=STEPS_A_STORY,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=PHASES,
        ),
    )
