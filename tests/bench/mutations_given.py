"""Guards of what is given: caps, releases, four eyes, closed periods, links."""

from tests.bench.mutation import Mutation

_SERVICES = "donations/services/"
_TESTS = "tests/donations/services/"

MUTATIONS = (
    Mutation(
        "a cap's sum is the one that was read",
        ("V21",),
        _SERVICES + "caps.py",
        "filter(pk=room.pledge_id, posted_amount=room.posted_amount)",
        "filter(pk=room.pledge_id)",
        (_TESTS + "test_cap_versions.py",),
    ),
    Mutation(
        "a fall refills what was cut",
        ("V10",),
        _SERVICES + "caps.py",
        "    while rows := _lock_lacking(room, posted):\n",
        "    while change > 0 and (rows := _lock_lacking(room, posted)):\n",
        (_TESTS + "test_caps.py",),
    ),
    Mutation(
        "only what may go is released",
        ("V22",),
        _SERVICES + "releases.py",
        "    if _claim(chunk, at) != len(chunk):\n",
        "    if _claim(chunk, at) < 0:\n",
        (_TESTS + "test_releases.py", _TESTS + "test_races_held.py"),
    ),
    Mutation(
        "another person approves",
        (),
        _SERVICES + "settlements.py",
        "        _check_person(settlement, approved_by_id)\n",
        "",
        (_TESTS + "test_settlements.py",),
    ),
    Mutation(
        "what was seen is what is approved",
        (),
        _SERVICES + "settlements.py",
        "        _check_unchanged(settlement, parts, digest)\n",
        "",
        (_TESTS + "test_settlements.py",),
    ),
    Mutation(
        "nobody is paid while bank details wait",
        (),
        _SERVICES + "settlements.py",
        "        _check_banks(settlement, parts, at)\n",
        "",
        (_TESTS + "test_bank_accounts.py",),
    ),
    Mutation(
        "another person confirms bank details",
        (),
        _SERVICES + "bank_accounts.py",
        "    if is_confirmed and account.proposed_by_id == decided_by_id:\n",
        "    if False:\n",
        (_TESTS + "test_bank_accounts.py",),
    ),
    Mutation(
        "a closed period stays closed",
        (),
        _SERVICES + "ledger.py",
        "        _refuse_closed(postings, closed)\n",
        "",
        (_TESTS + "test_closings.py",),
    ),
    Mutation(
        "another person signs a period",
        (),
        _SERVICES + "closings.py",
        "        if closing.closed_by_id == signed_by_id:\n",
        "        if False:\n",
        (_TESTS + "test_closings.py",),
    ),
    Mutation(
        "a link is answered once",
        (),
        _SERVICES + "acknowledgements.py",
        "    answered = Acknowledgement.objects.unanswered().filter(pk=row.pk)\n",
        "    answered = Acknowledgement.objects.filter(pk=row.pk)\n",
        (_TESTS + "test_races_approval.py",),
    ),
)
