"""Reads the environment: a production one that is complete, or the embedded default.

Nothing set means the embedded default: SQLite, the launcher's broker and the Stripe
simulator, all under one data directory. One production variable set means that every
required one must be: a shop that takes money never runs on half a configuration.
`demo.settings` turns what is read here into Django settings.
"""

import dataclasses
import functools
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError
from psycopg import ProgrammingError, conninfo

from demo import keepsakes

BASE_DIR = Path(__file__).resolve().parent.parent
SERVERS = ("DATABASE_URL", "REDIS_URL")
REQUIRED = (
    *SERVERS,
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRETS",
    "EMAIL_HOST",
    "FROM_EMAIL",
)
CHECKOUT_ORIGIN = "https://checkout.stripe.com"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Everything the settings need to know about where they run."""

    is_production: bool
    var: Path
    site_url: str
    secret_key: str
    allowed_hosts: list[str]
    database: dict[str, Any]
    redis_url: str
    stripe_secret_key: str
    stripe_webhook_secrets: list[str]
    stripe_api_base: str
    checkout_origin: str
    email: dict[str, Any]
    from_email: str
    merchant_name: str
    support_email: str
    media_root: Path
    media_url: str
    is_behind_proxy: bool

    @property
    def site_origin(self) -> str:
        """Scheme and host of the site, as browsers send it in `Origin`."""
        parts = urlsplit(self.site_url)
        return f"{parts.scheme}://{parts.netloc}"


def read_environment() -> Environment:
    """Read the process environment.

    Raises:
        ImproperlyConfigured: a production variable is set and a required one is not,
            or one holds a value that cannot be read. The message names each.
    """
    env = Env()
    mode = env.str("GOODCARAT_MODE", "")
    named = [name for name in REQUIRED if os.environ.get(name)]
    try:
        if mode == "embedded":
            _refuse_production_variables(named)
            return _read_embedded(env)
        if mode == "production" or named:
            _refuse_half_set(named)
            return _read_production(env)
        return _read_embedded(env)
    except EnvError as error:
        raise ImproperlyConfigured(str(error)) from error


# What this process was started with; settings and commands read it from here.
current = functools.cache(read_environment)


def data_directory() -> Path:
    """Return the folder that keeps data between starts (`GOODCARAT_VAR`, else var/)."""
    return Path(os.environ.get("GOODCARAT_VAR") or BASE_DIR / "var").resolve()


def _refuse_half_set(named: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in named]
    if not missing:
        return
    because = f"because {', '.join(named)} set" if named else "by GOODCARAT_MODE"
    raise ImproperlyConfigured(
        f"This is a production environment ({because}), but these are missing: "
        f"{', '.join(missing)}. Set them too, or unset all of them to run the "
        f"embedded demo, or set GOODCARAT_MODE=embedded to run the demo on the "
        f"servers named by {' and '.join(SERVERS)}."
    )


def _refuse_production_variables(named: list[str]) -> None:
    foreign = [name for name in named if name not in SERVERS]
    if foreign:
        raise ImproperlyConfigured(
            f"GOODCARAT_MODE=embedded takes only {' and '.join(SERVERS)} from the "
            f"environment, and these are set: {', '.join(foreign)}. Unset them."
        )


def _read_production(env: Env) -> Environment:
    var = data_directory()
    site_url = env.str("SITE_URL").rstrip("/")
    if urlsplit(site_url).scheme != "https":
        raise ImproperlyConfigured("SITE_URL must start with https:// in production.")
    return Environment(
        is_production=True,
        var=var,
        site_url=site_url,
        secret_key=env.str("SECRET_KEY"),
        allowed_hosts=env.list("ALLOWED_HOSTS"),
        database=read_database_url(env.str("DATABASE_URL")),
        redis_url=env.str("REDIS_URL"),
        stripe_secret_key=env.str("STRIPE_SECRET_KEY"),
        stripe_webhook_secrets=env.list("STRIPE_WEBHOOK_SECRETS"),
        stripe_api_base="",
        checkout_origin=env.str("CHECKOUT_ORIGIN", CHECKOUT_ORIGIN),
        email=_read_smtp(env),
        from_email=env.str("FROM_EMAIL"),
        merchant_name=env.str("MERCHANT_NAME", "Good Carat"),
        support_email=env.str("SUPPORT_EMAIL", "") or env.str("FROM_EMAIL"),
        media_root=Path(env.str("MEDIA_ROOT", "") or var / "media"),
        media_url=env.str("MEDIA_URL", "/media/"),
        is_behind_proxy=env.bool("BEHIND_PROXY", False),
    )


def _read_embedded(env: Env) -> Environment:
    var = data_directory()
    secrets = keepsakes.read_secrets(var)
    running = keepsakes.read_running(var)
    database_url = env.str("DATABASE_URL", "")
    simulator = env.str("GOODCARAT_SIMULATOR_URL", "") or running["simulator_url"]
    return Environment(
        is_production=False,
        var=var,
        site_url=env.str("GOODCARAT_SITE_URL", "") or running["url"].rstrip("/"),
        secret_key=secrets["secret_key"],
        allowed_hosts=["127.0.0.1", "localhost", "[::1]"],
        database=read_database_url(database_url) if database_url else _sqlite(var),
        redis_url=env.str("REDIS_URL", "")
        or env.str("GOODCARAT_REDIS_URL", "")
        or running["redis_url"],
        stripe_secret_key=secrets["stripe_secret_key"],
        stripe_webhook_secrets=[secrets["stripe_webhook_secret"]],
        stripe_api_base=simulator.rstrip("/"),
        checkout_origin=simulator.rstrip("/"),
        email={"BACKEND": "demo.mail.backend.EmailBackend", "OPTIONS": {}},
        from_email="Good Carat <orders@goodcarat.example>",
        merchant_name="Good Carat",
        support_email="care@goodcarat.example",
        media_root=var / "media",
        media_url="/media/",
        is_behind_proxy=False,
    )


def _sqlite(var: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": var / "goodcarat.sqlite3",
        "OPTIONS": {
            # Writers queue for the lock at BEGIN instead of failing half way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def read_database_url(url: str) -> dict[str, Any]:
    """Turn a PostgreSQL URL into Django's database settings.

    Raises:
        ImproperlyConfigured: the URL is not one that PostgreSQL's own library reads.
    """
    try:
        parts = conninfo.conninfo_to_dict(url)
    except ProgrammingError as error:
        # The library's message may repeat the URL, and the URL holds a password.
        raise ImproperlyConfigured(
            "DATABASE_URL is not a PostgreSQL URL such as "
            "postgresql://user:password@host:5432/name"
        ) from error
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password"}
    names |= {"HOST": "host", "PORT": "port"}
    settings = {ours: str(parts.pop(theirs, "")) for ours, theirs in names.items()}
    pool = {"min_size": 1, "max_size": 10, "timeout": 5}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **settings,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**parts, "pool": pool},
    }


def _read_smtp(env: Env) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": env.str("EMAIL_HOST"),
            "port": env.int("EMAIL_PORT", 587),
            "username": env.str("EMAIL_USER", ""),
            "password": env.str("EMAIL_PASSWORD", ""),
            "use_tls": env.bool("EMAIL_USE_TLS", True),
            "timeout": 10,
        },
    }
