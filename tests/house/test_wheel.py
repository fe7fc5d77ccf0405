"""The wheel holds what a host needs, and the README's five steps make it run."""

import subprocess
import sys
import zipfile

import pytest

from tests.house import hosts, reading

PAGES = ("/", "/cart/", "/impact/", "/help/", "/admin/login/", "/api/v1/items/")
NEEDED = (
    "store/py.typed",
    "donations/py.typed",
    "store/templates/store/base.html",
    "store/migrations/0001_initial.py",
    "donations/migrations/0001_initial.py",
)
# Prints the status and the first letters of each page.
VISIT = """
import django, sys
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from django.test import Client
for address in sys.argv[1:]:
    response = Client().get(address)
    print(address, response.status_code, response.content.strip()[:6].decode())
"""

# Prints how many entries of the schedule name no task, and whether both apps have one.
ASK_CELERY = """
import django
django.setup()
from example.celery import app
app.finalize()
app.loader.import_default_modules()
names = [entry["task"] for entry in app.conf.beat_schedule.values()]
print(len([name for name in names if name not in app.tasks]))
print(any(name.startswith("store.") for name in names))
print(any(name.startswith("donations.") for name in names))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    subprocess.run(
        [*command, "--outdir", folder, reading.ROOT], check=True, capture_output=True
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel):
    """The names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module", params=[(3, 11), (3, 12)], ids=["base", "newer"])
def host(request, wheel, tmp_path_factory):
    """An empty project with the wheel: Django 5.2 on 3.11, Django 6 on newer."""
    python = hosts.find_python(request.param)
    if python is None:
        pytest.skip("no Python 3.12 or newer was found")
    return hosts.make(tmp_path_factory.mktemp("host"), python, wheel)


@pytest.fixture(scope="module")
def installed(host):
    """The same project after the README's steps."""
    host.follow()
    result = host.manage("migrate", "--verbosity", "0")
    assert result.returncode == 0, result.stderr
    return host


@pytest.mark.parametrize("name", NEEDED)
def test_wheel_holds_what_hosts_need(names, name):
    """Templates, migrations and the type marker are in the wheel."""
    assert name in names


def test_wheel_holds_every_template(names):
    """Each file of templates/ is inside its app."""
    folder = reading.ROOT / "templates"
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]

    wanted = {f"{path.parts[0]}/templates/{path.as_posix()}" for path in paths}

    assert wanted - set(names) == set()


def test_wheel_holds_static_files(names):
    """Style sheets and fonts are in the wheel."""
    assert [name for name in names if name.startswith("store/static/store/")]


def test_wheel_holds_nothing_else(names):
    """Neither the demo nor the tests are in the wheel."""
    tops = {name.partition("/")[0] for name in names}

    assert {top for top in tops if not top.endswith(".dist-info")} == set(reading.APPS)


@pytest.mark.slow
def test_missing_settings_are_told(host):
    """Without the dictionaries `check` names both, with a line to paste."""
    original = host.settings.read_text(encoding="utf-8")
    host.add_apps()

    result = host.manage("check")

    host.settings.write_text(original, encoding="utf-8")
    assert result.returncode == 1
    assert "(store.E001)" in result.stderr
    assert "STORE = {" in result.stderr
    assert "(donations.E001)" in result.stderr


@pytest.mark.slow
def test_installed_project_checks_clean(installed):
    """After the steps `check` finds nothing and no migration is missing."""
    check = installed.manage("check", "--fail-level", "WARNING")
    missing = installed.manage("makemigrations", "--check", "--dry-run")

    assert check.returncode == 0, check.stderr
    assert missing.returncode == 0, missing.stdout


@pytest.mark.slow
def test_installed_pages_render(installed):
    """Every page without a piece of its own answers in an empty shop."""
    result = _visit(installed, *PAGES)

    assert result.stderr == ""
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        [page, "200"] for page in PAGES
    ]


@pytest.mark.slow
def test_host_templates_win(installed):
    """A template of the host takes the place of ours with the same name."""
    own = installed.folder / "site" / "templates" / "store" / "base.html"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("MY OWN {% block main %}{% endblock %}")
    installed.append(
        installed.settings, 'TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]'
    )

    result = _visit(installed, "/")

    assert "/ 200 MY OWN" in result.stdout, result.stderr


@pytest.mark.slow
def test_readme_celery_app_knows_our_tasks(installed):
    """The README's Celery app has the sweeps in its schedule and finds each task."""
    result = hosts.run(
        installed.python, "-c", ASK_CELERY,
        cwd=installed.folder / "site",
        DJANGO_SETTINGS_MODULE="example.settings",
    )  # fmt: skip

    assert result.stdout.split() == ["0", "True", "True"], result.stderr


def _visit(host, *pages):
    return hosts.run(
        host.python, "-c", VISIT, *pages,
        cwd=host.folder / "site",
        DJANGO_SETTINGS_MODULE="example.settings",
    )  # fmt: skip
