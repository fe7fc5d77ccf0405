"""What CI and a laptop run over every version we support: `nox`, `nox -s lint`.

Django 5.2 runs on Python 3.11 to 3.14, Django 6 on 3.12 and newer. Every session
installs from requirements.lock, which holds both; the other Django replaces the one
that the lock gives that Python.
"""

import nox

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
NEWEST = "3.13"
DJANGOS = ["django>=5.2,<6", "django>=6,<7"]

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests", "lint", "types", "contracts", "migrations", "wheel"]


def install(session: nox.Session, django: str | None = None) -> None:
    """Install the lock, another Django where asked, and this checkout."""
    session.install("--require-hashes", "-r", "requirements.lock")
    if django:
        session.install(django)
    session.install("--no-deps", "--no-build-isolation", "--editable", ".")


@nox.session(python=PYTHONS)
@nox.parametrize("django", DJANGOS, ids=["django5", "django6"])
def tests(session: nox.Session, django: str) -> None:
    """Run the tests, on PostgreSQL, with one Python and one Django."""
    if session.python == "3.11" and ">=6" in django:
        session.skip("Django 6 needs Python 3.12")
    install(session, django)
    session.run("python", "-m", "pytest", "-q", *session.posargs)


@nox.session(python="3.11")
def coverage(session: nox.Session) -> None:
    """Run the tests and hold their coverage against the house style."""
    install(session)
    session.run("python", "-m", "pytest", "-q", "--cov", *session.posargs)
    session.run("coverage", "report", "--fail-under=95")
    inner = "--include=*/domain/*,*/services/*"
    session.run("coverage", "report", inner, "--fail-under=100")


@nox.session(python="3.11")
def lint(session: nox.Session) -> None:
    """Check style, format, templates and spelling."""
    install(session)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("djlint", "--quiet", "--lint", "templates")
    session.run("djlint", "--quiet", "--check", "templates")
    session.run("typos")


@nox.session(python="3.11")
def types(session: nox.Session) -> None:
    """Check types."""
    install(session)
    session.run("mypy")


@nox.session(python="3.11")
def contracts(session: nox.Session) -> None:
    """Check who imports whom."""
    install(session)
    session.run("lint-imports")


@nox.session(python=["3.11", NEWEST])
def migrations(session: nox.Session) -> None:
    """Check that no migration is missing, on either Django."""
    install(session)
    session.run("python", "-m", "pytest", "-q", "tests/house/test_migrations.py")


@nox.session(python="3.11")
def wheel(session: nox.Session) -> None:
    """Build the wheel, and install it into an empty project as the README says."""
    install(session)
    session.run("python", "-m", "pytest", "-q", "tests/house/test_wheel.py")


@nox.session(python="3.11")
def docs(session: nox.Session) -> None:
    """Check that the docs explain every setting and check, and spell well."""
    install(session)
    session.run("python", "-m", "pytest", "-q", "tests/house/test_settings.py")
    session.run("typos", "docs", "README.md", "CHANGELOG.md")
