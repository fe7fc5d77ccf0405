"""Many orders under random accidents: in the end all the books agree.

`SOAK_ORDERS=1000 python -m pytest tests/journeys/test_soak.py` looks longer, and
`SOAK_SEED` at the same choices again.
"""

import collections
import os
import secrets

import pytest

from store.models import Hold, Order
from tests.journeys import books, chaos

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.usefixtures("no_broker"),
]

ORDERS = int(os.environ.get("SOAK_ORDERS", "60"))
SEED = int(os.environ.get("SOAK_SEED") or secrets.randbelow(2**32))


@pytest.mark.checklist("C4")
def test_the_books_agree_after_chaos(webhooks, mailoutbox, record_property):
    """Money, orders, pieces, donations and mails agree, whatever happened."""
    record_property("seed", SEED)

    chaos.Chaos(webhooks, SEED).run(ORDERS)

    told = f"repeat with SOAK_SEED={SEED} SOAK_ORDERS={ORDERS}"
    assert books.find_shop_faults(webhooks) == {}, told
    assert set(books.count_unfinished().values()) == {0}, told
    sold = Hold.objects.filter(status="sold").values_list("piece_id", flat=True)
    assert max(collections.Counter(sold).values()) == 1, told
    statuses = set(Order.objects.values_list("status", flat=True))
    assert "paid" in statuses, told
    assert statuses <= {"paid", "expired", "canceled", "refunded"}, told
    assert _count_doubled(mailoutbox) == 0, told


def _count_doubled(mails):
    ids = collections.Counter(mail.extra_headers["Message-ID"] for mail in mails)
    return sum(count > 1 for count in ids.values())
