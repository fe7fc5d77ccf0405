"""From a draft to the beneficiary's word, in real browsers: nobody alone pays out."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from donations.models import Beneficiary, Entry, Settlement
from donations.services import audit
from tests import donations_factories as factories
from tests.donations import settling
from tests.journeys import colleagues, shopping

DESK = "admin:donations_settlement_desk"
# The form as it stands, with a button pressed that the page does not show.
FORGE = """digest => {
  const form = document.querySelector('#settlement_form');
  for (const [name, value] of [['approve', '1'], ['digest', digest]]) {
    const input = document.createElement('input');
    Object.assign(input, {type: 'hidden', name, value});
    form.append(input);
  }
  form.submit();
}"""
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=sorted(shopping.SIZES))
def size(request):
    """Each window that people have, by its name."""
    return request.param


@pytest.fixture
def window(shop, new_context, settings, size):
    """Return a function that opens a window of somebody with cookies of their own."""
    width, height = shopping.SIZES[size]
    windows = []

    def open_window():
        page = new_context(viewport={"width": width, "height": height}).new_page()
        watched = shopping.watch(page, shop.url, settings.STORE["STRIPE_API_BASE"])
        windows.append(watched)
        return watched

    yield open_window
    assert [one.complaints for one in windows] == [[]] * len(windows)


@pytest.fixture
def colleague(window, django_user_model):
    """Return a function that opens the desk in a window of a colleague."""

    def open_desk(username):
        django_user_model.objects.create_superuser(
            username, password=colleagues.PASSWORD
        )
        browser = window()
        colleagues.log_in(browser, reverse(DESK), username)
        return browser

    return open_desk


@pytest.fixture(autouse=True)
def _shop_look(settings):
    """The impact pages in the shop's look, as a host has them."""
    look = {"BASE_TEMPLATE": "store/base.html"}
    settings.DONATIONS = {**settings.DONATIONS, **look}


@pytest.fixture(autouse=True)
def _payable():
    """A donation of 249.90 whose return window is over, for a fund with an address."""
    sold_at = timezone.now() - timedelta(days=60)
    factories.make_donation(at=sold_at, is_set_aside=True)
    Beneficiary.objects.update(contact_email="giving@feeding.example")
    settling.release(timezone.now() - timedelta(days=1))


def picture(browser, name, size):
    """Keep a picture of the page where a person asked for one."""
    if folder := os.environ.get("PICTURES"):
        path = Path(folder) / f"{name}-{size}.png"
        browser.page.screenshot(path=path, full_page=True)


def draft_and_try_alone(browser, size):
    """Draft on the desk; pressing a button that is not there is refused."""
    picture(browser, "desk", size)
    colleagues.check(browser, ".desk")
    browser.press("Draft a settlement")
    picture(browser, "desk-drafted", size)
    browser.follow("Settlement")
    settlement = Settlement.objects.get()
    browser.open(reverse("admin:donations_settlement_change", args=[settlement.pk]))
    expect(browser.page.get_by_text("another person must approve it")).to_be_visible()
    assert browser.page.locator("[name=approve]").count() == 0
    with browser.page.expect_navigation():
        browser.page.evaluate(FORGE, settlement.digest)
    expect(browser.page.get_by_text("cannot approve it").first).to_be_visible()
    picture(browser, "settlement-drafted", size)


def approve_and_send(browser, size):
    """Approve what somebody else drafted, pay it, and enter the bank's reference."""
    browser.page.locator(".desk-settlement a").first.click()
    picture(browser, "settlement-to-approve", size)
    browser.press("Approve and instruct these payments")
    browser.page.get_by_label("The bank's reference").fill("ACH 2026-11-23 A7")
    picture(browser, "settlement-approved", size)
    browser.press("The money has arrived")
    picture(browser, "settlement-paid", size)


def find_link(shop):
    """Return the address in the only mail that asks whether money arrived."""
    (mail,) = (mail for mail in shop.mails() if "did it arrive?" in mail["Subject"])
    assert mail["To"] == "giving@feeding.example"
    text = mail.get_body(preferencelist=("plain",)).get_content()
    return re.search(r"/impact/acknowledge/\w+/", text)[0]


def acknowledge(browser, link, size):
    """Follow the link from the mail and say that the money arrived."""
    browser.open(link)
    colleagues.check(browser, "main")
    picture(browser, "acknowledge", size)
    expect(browser.page.get_by_text("$249.90")).to_be_visible()
    browser.page.get_by_label("Your name").fill("Dana Lee")
    browser.press("Yes, the money arrived")
    picture(browser, "acknowledged", size)
    browser.sees("Thank you")


def test_settlement_goes_from_draft_to_public(shop, colleague, window, size):
    """Drafted, refused alone, approved by another, paid, acknowledged, published."""
    draft_and_try_alone(colleague("ann"), size)
    assert not Entry.objects.filter(kind="instruct").exists()
    bob = colleague("bob")
    approve_and_send(bob, size)
    shop.wait()
    bob.open(reverse(DESK))
    picture(bob, "desk-asked", size)
    assert "asked on" in bob.page.content()

    beneficiary = window()
    acknowledge(beneficiary, find_link(shop), size)

    beneficiary.open(reverse("donations:impact"))
    picture(beneficiary, "impact", size)
    row = beneficiary.page.locator(".impact-settlements tbody tr")
    expect(row).to_contain_text("ACH 2026-11-23 A7")
    assert "not yet" not in row.inner_text()
    assert Settlement.objects.get().status == "acknowledged"
    assert list(audit.audit_ledger()) == []
