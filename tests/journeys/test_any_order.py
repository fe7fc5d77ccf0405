"""Money in any order: stories of a shop by chance, with an auditor looking on.

Each run tells the same stories, so that a build fails for what it changed and not by
chance; CI takes 20,000 steps. With `STEPS=50000 SEED=7` in the environment more and
other stories are told. One that ends badly is printed as a program that repeats it, and
`SHRINK=1` makes it shorter.
"""

import os

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.journeys import machine

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

STEPS = int(os.environ.get("STEPS", "4000"))
SEED = int(os.environ.get("SEED", "0"))
STEPS_A_STORY = 100
# Several tests, so that several processes can take part to the end.
PARTS = 8
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
        hypothesis.seed(SEED * PARTS + part)(story),
        settings=hypothesis.settings(
            max_examples=max(STEPS // STEPS_A_STORY // PARTS, 1),
            stateful_step_count=STEPS_A_STORY,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=PHASES,
            database=None,
        ),
    )
