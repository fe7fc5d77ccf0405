"""Random histories: after every step the ledger is what an auditor makes of it.

Each run tells the same ones. `STEPS=50000 SEED=7` tells more and others: of the steps
that a build may take a tenth are taken here, since each compares all the books. One
that goes wrong prints its steps.
"""

import os

import pytest
from django.db import transaction

from tests.donations import settling, story

pytestmark = pytest.mark.django_db

STEPS = int(os.environ.get("STEPS", "3200")) // 10
SEED = int(os.environ.get("SEED", "0"))
STEPS_A_STORY = 40
# Several tests, so that several processes can take part to the end.
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_any_history_keeps_the_books(part):
    """Sales, refunds, disputes, caps, payments, crashes: the books agree throughout."""
    settling.make_people()
    for number in range(max(STEPS // STEPS_A_STORY // PARTS, 1)):
        with transaction.atomic():
            told = story.Story(f"{SEED}:{part}:{number}")
            for _ in range(STEPS_A_STORY):
                told.step()
            told.finish()
            told.compare(told.replay())
            # The next story finds an empty database.
            transaction.set_rollback(True)
