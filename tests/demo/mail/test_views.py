"""The pages that show what the demo would have sent."""

import pytest
from django.core.mail import EmailMultiAlternatives

from demo import environment
from demo.mail import views
from demo.mail.backend import EmailBackend

HTML = '<p style="color: red">Thank you <script>alert(1)</script></p>'


@pytest.fixture(autouse=True)
def _mail(settings, tmp_path):
    settings.MAIL_ROOT = tmp_path
    settings.ROOT_URLCONF = "tests.demo.mail.urls"
    settings.MIDDLEWARE = ["csp.middleware.CSPMiddleware", *settings.MIDDLEWARE]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'self'"]}}
    folder = environment.BASE_DIR / "demo" / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [folder]}]


@pytest.fixture
def letter(tmp_path):
    """The name of one message that was sent."""
    message = EmailMultiAlternatives(
        "Order X: thank you", "Text part", "shop@shop.example", ["grace@shop.example"]
    )
    message.attach_alternative(HTML, "text/html")
    EmailBackend().send_messages([message])
    return next(tmp_path.glob("*.eml")).stem


def test_empty_mailbox_says_what_to_do(client):
    """Before the first message the page tells how to get one."""
    page = client.get("/dev/mail/")

    assert "No message yet" in page.text


def test_list_names_each_message(client, letter):
    """The list shows subject and recipient, and links to the message."""
    page = client.get("/dev/mail/")

    assert "Order X: thank you" in page.text
    assert "grace@shop.example" in page.text
    assert f"/dev/mail/{letter}/" in page.text


def test_message_shows_its_parts(client, letter):
    """The page shows the text part, and the HTML part in a frame without script."""
    page = client.get(f"/dev/mail/{letter}/")

    assert "Text part" in page.text
    assert f'src="/dev/mail/{letter}/html/"' in page.text
    assert 'sandbox="allow-popups' in page.text
    assert "allow-scripts" not in page.text


def test_html_part_has_a_policy_of_its_own(client, letter):
    """The HTML part may be styled and framed by us, and may do nothing else."""
    page = client.get(f"/dev/mail/{letter}/html/")

    policy = page.headers["Content-Security-Policy"]
    assert page.text.strip() == HTML
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script" not in policy
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_source_is_plain_text(client, letter):
    """The source is shown as it would go over the wire."""
    page = client.get(f"/dev/mail/{letter}/source/")

    assert page.headers["Content-Type"].startswith("text/plain")
    assert "Subject: Order X: thank you" in page.text


@pytest.mark.parametrize("name", ["nothing", "..", "%2e%2e"])
def test_unknown_message_is_not_found(client, name):
    """A name that no message has is not found, and never leaves the folder."""
    assert client.get(f"/dev/mail/{name}/").status_code == 404


def test_pages_are_for_reading_only(client, letter):
    """Nothing can be sent to these pages."""
    assert client.post(f"/dev/mail/{letter}/").status_code == 405
    assert set(views.FRAME_POLICY["sandbox"]).isdisjoint({"allow-scripts"})
