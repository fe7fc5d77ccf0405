"""The one settings file: production from the environment, else the embedded demo."""

from typing import Any

import django
from csp.constants import NONE, SELF
from redis.backoff import NoBackoff
from redis.retry import Retry

from demo import environment

ENVIRONMENT = environment.current()
IS_PRODUCTION = ENVIRONMENT.is_production
BASE_DIR = environment.BASE_DIR

SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = False
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.site_origin]
ROOT_URLCONF = "demo.urls"
WSGI_APPLICATION = "demo.wsgi.application"

INSTALLED_APPS = [
    "demo",
    "store",
    "donations",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # In a checkout the apps' templates lie beside them, not inside.
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

DATABASES = {"default": ENVIRONMENT.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "demo.cache.ForgivingRedisCache",
        "LOCATION": ENVIRONMENT.redis_url,
        "KEY_PREFIX": "goodcarat",
        "OPTIONS": {
            "socket_connect_timeout": 0.5,
            "socket_timeout": 0.5,
            "retry": Retry(NoBackoff(), 0),
        },
    },
}
MEDIA_ROOT = ENVIRONMENT.media_root
MEDIA_URL = ENVIRONMENT.media_url
STATIC_ROOT = ENVIRONMENT.var / "static"
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Contracts and consents: no address leads here but the admin's.
    "papers": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": ENVIRONMENT.var / "papers"},
    },
    "staticfiles": {
        # Brotli takes half a minute over the admin's files: not before a demo.
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
    },
}

MAIL_ROOT = ENVIRONMENT.var / "mail"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.from_email
if django.VERSION >= (6, 1):
    MAILERS = {"default": ENVIRONMENT.email}
else:
    EMAIL_BACKEND = ENVIRONMENT.email["BACKEND"]
    EMAIL_HOST = ENVIRONMENT.email["OPTIONS"].get("host", "")
    EMAIL_PORT = ENVIRONMENT.email["OPTIONS"].get("port", 25)
    EMAIL_HOST_USER = ENVIRONMENT.email["OPTIONS"].get("username", "")
    EMAIL_HOST_PASSWORD = ENVIRONMENT.email["OPTIONS"].get("password", "")
    EMAIL_USE_TLS = ENVIRONMENT.email["OPTIONS"].get("use_tls", False)
    EMAIL_TIMEOUT = ENVIRONMENT.email["OPTIONS"].get("timeout", 10)

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
# Load balancers and probes ask for these by plain HTTP, inside the network.
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "store.views.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
if ENVIRONMENT.is_behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

_media_origin = [MEDIA_URL] if "://" in MEDIA_URL else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, *_media_origin],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        # Checkout answers its form with a redirect to the payment page, and browsers
        # hold redirects of a form to this list too.
        "form-action": [SELF, ENVIRONMENT.checkout_origin],
        "upgrade-insecure-requests": IS_PRODUCTION,
    },
}

CELERY_BROKER_URL = ENVIRONMENT.redis_url
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than any task or countdown, or the broker hands the task out again.
    "visibility_timeout": 1800,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    "socket_keepalive": True,
    # A page does not wait for a broker that is away. Workers come back by themselves.
    "max_retries": 0,
    # A worker of all queues takes from the first that has something: money before
    # mail, mail before pictures.
    "queue_order_strategy": "priority",
}
CELERY_TASK_DEFAULT_QUEUE = "sweeps"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
# A nudge that cannot be sent is not worth waiting for: its row waits for the sweep.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True

STORE = {
    "SITE_URL": ENVIRONMENT.site_url,
    "MERCHANT_NAME": ENVIRONMENT.merchant_name,
    "FROM_EMAIL": ENVIRONMENT.from_email,
    "SUPPORT_EMAIL": ENVIRONMENT.support_email,
    "STRIPE_SECRET_KEY": ENVIRONMENT.stripe_secret_key,
    "STRIPE_WEBHOOK_SECRETS": ENVIRONMENT.stripe_webhook_secrets,
    "STRIPE_API_BASE": ENVIRONMENT.stripe_api_base,
    "SAMPLE_DATA": not IS_PRODUCTION,
    # The sample has a price list for each of them (demo/sample/extras.toml).
    "CURRENCIES": ["USD"] if IS_PRODUCTION else ["USD", "EUR", "GBP"],
}
DONATIONS = {
    "SITE_URL": ENVIRONMENT.site_url,
    "FROM_EMAIL": ENVIRONMENT.from_email,
    "MERCHANT_NAME": ENVIRONMENT.merchant_name,
    "BASE_TEMPLATE": "store/base.html",
    "DOCUMENT_STORAGE": "papers",
    # For a beneficiary that has an account at Stripe; the sample's is paid by bank.
    "RAILS": {"stripe": "store.services.transfers.StripeRail"},
}

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # Whose address to believe; the limits of pages and webhooks read it too.
    "NUM_PROXIES": 1 if ENVIRONMENT.is_behind_proxy else 0,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "demo.logs.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain"},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Django would also print through its own handlers, unredacted.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "stripe": {"level": "WARNING"},
    },
}
