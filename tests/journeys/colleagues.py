"""Colleagues in the admin: they log in by the form, and their pages are looked at."""

from axe_playwright_python.sync_playwright import Axe

PASSWORD = "a long word for staff"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE = "document.documentElement.scrollWidth > innerWidth"


def log_in(browser, address, username):
    """Open a page of the admin, and log in by the form that stands before it."""
    browser.open(address)
    browser.page.get_by_label("Username").fill(username)
    browser.page.get_by_label("Password").fill(PASSWORD)
    browser.press("Log in")


def check(browser, part):
    """Hold our own part of a page to the checker, and the page to its window."""
    # Loading style sheets anew, for what the admin imports, offends the policy.
    options = {"runOnly": RULES, "preload": False}
    found = Axe().run(browser.page, context=part, options=options)
    faults = [
        f"{fault['id']}: {node['html']}"
        for fault in found.response["violations"]
        for node in fault["nodes"]
    ]
    assert faults == []
    assert not browser.page.evaluate(WIDE)
