"""A shopper's browser: strict about what pages load, quick to say what it saw."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Page, Route, expect

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
EMAIL = "thato@example.com"
PAYMENT_SECONDS = 60

# The demo's policy; `{payments}` is where the payment page lives.
POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; "
    "form-action 'self' {payments}"
)


@dataclass(slots=True)
class Shopper:
    """One browser window in front of the shop."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str) -> None:
        """Go to a page of the shop."""
        self.page.goto(self.url + address)

    def follow(self, name: str) -> None:
        """Follow the first link with this name, until the next page has come whole."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()

    def press(self, name: str) -> None:
        """Press the button with this name, until the next page has come whole."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name).first.click()

    def sees(self, text: str, *, seconds: float = 10) -> None:
        """Wait for a heading that begins with this text."""
        heading = self.page.get_by_role("heading", name=re.compile(f"^{text}"))
        expect(heading.first).to_be_visible(timeout=seconds * 1000)

    def check_out(self, serial_number: str) -> None:
        """Put the piece of the open item page in the cart and go to pay."""
        self.page.get_by_label(serial_number).check()
        self.press("Add to cart")
        self.follow("Check out")
        self.page.get_by_label("Email").fill(EMAIL)
        self.press("Go to pay")
        expect(self.page.get_by_label("Card number")).to_be_visible()

    def pay(self, card: str) -> None:
        """Fill in the payment page and send it."""
        fields = {
            "Full name": "Thato Molefe",
            "Address": "12 Orchard Street",
            "City": "New York",
            "State or region": "NY",
            "Postal code": "10002",
            "Card number": card,
            "Expiration date": "12 / 40",
            "Security code": "123",
        }
        for label, text in fields.items():
            self.page.get_by_label(label, exact=True).fill(text)
        self.page.locator("button.primary").click()


def watch(page: Page, url: str, payments: str) -> Shopper:
    """Return a shopper whose browser holds every page of the shop to the policy."""
    shopper = Shopper(page, url)
    policy = POLICY.format(payments=payments)

    def answer(route: Route) -> None:
        request = route.request
        if request.resource_type != "document" or request.method != "GET":
            route.fallback()
            return
        response = route.fetch(max_redirects=0)
        headers = {**response.headers, "content-security-policy": policy}
        route.fulfill(response=response, headers=headers)

    page.route(f"{url}/**", answer)
    page.on(
        "console",
        lambda said: (
            shopper.complaints.append(said.text) if said.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: shopper.complaints.append(str(error)))
    page.on("request", lambda request: _note_outside(shopper, request.url, payments))
    return shopper


def _note_outside(shopper: Shopper, address: str, payments: str) -> None:
    if not address.startswith((shopper.url, payments)):
        shopper.complaints.append(f"asked for {address}")
