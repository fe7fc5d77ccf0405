"""The smallest host that the apps run in: what a README's reader would write.

It knows nothing of demo/, so nothing passes only because the demo configures it.
`tests/servers.py` puts the addresses of the real servers into the environment; tools
that only read the settings, as mypy does, need neither.
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import django

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only-for-tests-and-not-secret-at-all-0123456789"
DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "shop.example"]
ROOT_URLCONF = "tests.urls"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "store",
    "donations",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # A checkout keeps the apps' templates in one folder beside them.
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = os.environ.get("TESTS_MEDIA_ROOT", "")
# Workers write their mails here; in pytest's own process Django keeps mails in memory.
MAIL_ROOT = os.environ.get("TESTS_MAIL_ROOT", "")
_MAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
if django.VERSION >= (6, 1):
    MAILERS = {
        "default": {"BACKEND": _MAIL_BACKEND, "OPTIONS": {"file_path": MAIL_ROOT}}
    }
else:
    EMAIL_BACKEND = _MAIL_BACKEND
    EMAIL_FILE_PATH = MAIL_ROOT
# Fast and weak: no test is about the strength of a password.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}


def read_database(url: str) -> dict[str, object]:
    """Return Django's dictionary for a `postgresql://` or `sqlite:///` address."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path).removeprefix("/"),
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


DATABASES = {
    "default": read_database(
        os.environ.get("DATABASE_URL") or "postgresql://127.0.0.1/goodcarat"
    )
}
REDIS_URL = os.environ.get("REDIS_URL") or "redis://127.0.0.1/0"
_REDIS, _, _NUMBER = REDIS_URL.rpartition("/")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        # Apart from the broker: clearing a cache clears the whole database.
        "LOCATION": f"{_REDIS}/{int(_NUMBER) + 1}",
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1

STORE = {
    "SITE_URL": os.environ.get("TESTS_SITE_URL", "https://shop.example"),
    "MERCHANT_NAME": "Example Jewelers",
    "FROM_EMAIL": "Example Jewelers <orders@shop.example>",
    "SUPPORT_EMAIL": "help@shop.example",
    "STRIPE_SECRET_KEY": "sk_test_0123456789abcdef",
    "STRIPE_WEBHOOK_SECRETS": ["whsec_0123456789abcdef"],
    # The simulator is not overrun; sweeps of many orders need not wait.
    "RECONCILE_CALLS_PER_SECOND": 10_000,
    # A port that nobody listens on: without the `simulator` fixture no call gets out.
    "STRIPE_API_BASE": os.environ.get("TESTS_STRIPE_API_BASE", "http://127.0.0.1:9"),
}
DONATIONS = {
    "SITE_URL": STORE["SITE_URL"],
    "MERCHANT_NAME": "Example Jewelers",
}
