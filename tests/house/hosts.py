"""Makes an empty Django project and follows the README in it, word for word."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

from tests.house import reading

SECRETS = {
    "STRIPE_SECRET_KEY": "sk_test_0123456789abcdef",
    "STRIPE_WEBHOOK_SECRET": "whsec_0123456789abcdef",
}


@dataclass(frozen=True, slots=True)
class Host:
    """An empty project with its own environment."""

    folder: Path

    @property
    def python(self) -> Path:
        """Return the project's own Python."""
        return self.folder / "env" / "bin" / "python"

    @property
    def settings(self) -> Path:
        """Return the project's settings file."""
        return self.folder / "site" / "example" / "settings.py"

    @property
    def urls(self) -> Path:
        """Return the project's addresses."""
        return self.settings.with_name("urls.py")

    def follow(self) -> None:
        """Do what steps 2 to 5 of the README say."""
        _, dictionaries, addresses, celery_app = read_steps()
        self.add_apps()
        self.append(self.settings, f"import os\n{dictionaries}")
        imports = (
            "from django.contrib import admin\nfrom django.urls import include, path"
        )
        self.append(self.urls, f"{imports}\n{addresses}")
        self.urls.with_name("celery.py").write_text(
            f"from celery import Celery\n{celery_app}", encoding="utf-8"
        )

    def add_apps(self) -> None:
        """Do step 2: name the apps, those that the project has once only."""
        apps = read_steps()[0].replace("INSTALLED_APPS = [", "INSTALLED_APPS += [")
        once = "INSTALLED_APPS = list(dict.fromkeys(INSTALLED_APPS))"
        self.append(self.settings, f"{apps}\n{once}\n")

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command; its outcome is the test's business."""
        return run(
            self.python, "-W", "error", "manage.py", *arguments,
            cwd=self.folder / "site",
        )  # fmt: skip

    def append(self, path: Path, text: str) -> None:
        """Write more lines into one of the project's files."""
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{text}")


def read_steps() -> list[str]:
    """Return the Python of the README's installation steps, in order."""
    readme = (reading.ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Install it into your site")[2].partition("\n## ")[0]
    blocks = re.findall(r"^ *```python\n(.*?)^ *```", section, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for block in blocks]


def run(
    *command: str | Path, cwd: Path, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command without anything of the tests' own settings."""
    foreign = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "REDIS_URL")
    ours = {k: v for k, v in os.environ.items() if k not in foreign}
    return subprocess.run(
        command,
        cwd=cwd,
        env=ours | SECRETS | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def make(folder: Path, python: str, wheel: Path) -> Host:
    """Make an empty project and install the wheel; versions are those of the lock."""
    host = Host(folder)
    (folder / "site").mkdir(parents=True)
    constraints = folder / "constraints.txt"
    constraints.write_text(_read_versions())
    pip = [host.python, "-m", "pip", "install", "--quiet", "--no-compile"]
    for command in (
        [python, "-m", "venv", folder / "env"],
        [*pip, "--constraint", constraints, f"{wheel}[postgres]"],
        [host.python, "-m", "django", "startproject", "example", folder / "site"],
    ):
        result = run(*command, cwd=folder)
        assert result.returncode == 0, result.stdout + result.stderr
    return host


def _read_versions() -> str:
    """Return the lock without its hashes: a wheel just built has none in it."""
    lock = (reading.ROOT / "requirements.lock").read_text(encoding="utf-8")
    lines = re.findall(r"^[a-z0-9][^\\\n]*==[^\\\n]*", lock, flags=re.MULTILINE)
    return "\n".join(line.strip() for line in lines)


def find_python(minimum: tuple[int, int]) -> str | None:
    """Return a Python at least that new: ours, one on the path, or pyenv's."""
    if sys.version_info >= minimum:
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    names = [f"3.{minor}" for minor in (13, 12, 14) if (3, minor) >= minimum]
    candidates = [shutil.which(f"python{name}") for name in names]
    candidates += [
        str(path)
        for name in names
        for path in pyenv.glob(f"versions/{name}.*/bin/python3")
    ]
    return next((path for path in candidates if path and _is_complete(path)), None)


def _is_complete(python: str) -> bool:
    # pyenv leaves a name on the path for each version, switched on or not.
    question = [python, "-c", "import ensurepip, sqlite3, ssl"]
    return subprocess.run(question, capture_output=True, check=False).returncode == 0
