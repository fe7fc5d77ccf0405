"""Only services write: one place to look for everything that changes a row."""

from tests.house import reading

WRITING = {
    "abulk_create",
    "acreate",
    "adelete",
    "asave",
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "get_or_create",
    "save",
    "update_or_create",
}
# What these modules write is no row of ours: Stripe's objects in the gateway.
EXEMPT = {
    "store/gateways/scopes.py",
    "store/gateways/stripe.py",
    "store/gateways/transfers.py",
}
EXEMPT_FOLDERS = ("store/services/", "donations/services/")


def _is_write(call):
    names = reading.chain(call)
    if len(names) < 2:
        return False
    # A dictionary, a digest and a queryset all have `update`.
    return names[-1] in WRITING or (names[-1] == "update" and "objects" in names)


def test_only_services_write():
    """No view, task, command, admin screen or model saves, creates or deletes."""
    outside = [
        module
        for module in reading.read(*reading.APPS)
        if module.place not in EXEMPT and not module.place.startswith(EXEMPT_FOLDERS)
    ]

    writes = [
        module.at(call)
        for module in outside
        for call in module.calls()
        if _is_write(call)
    ]

    assert writes == []


def test_services_name_every_argument():
    """Public functions of services take keyword arguments only."""
    positional = [
        f"{module.at(function)} {function.name}"
        for module in reading.read("store/services", "donations/services")
        for function in module.tree.body
        if isinstance(function, reading.Function)
        and not function.name.startswith("_")
        and (function.args.args or function.args.posonlyargs)
    ]

    assert positional == []
