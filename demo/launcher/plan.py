"""What one start of the demo uses: folders, ports, addresses and the environment."""

import dataclasses
import os
from pathlib import Path
from typing import Self

from demo.launcher import ports

FIRST_BROKER_PORT = 6390


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Folders and addresses of one start; the same for every program."""

    var: Path
    web_port: int
    simulator_port: int
    broker_port: int
    named_redis_url: str

    @classmethod
    def make(cls, var: Path, *, port: int) -> Self:
        """Choose free ports, the wanted one or the next for the shop."""
        web = ports.find_free_port(port, taken=set())
        simulator = ports.find_free_port(web + 1, taken=set())
        broker = ports.find_free_port(FIRST_BROKER_PORT, taken={web, simulator})
        return cls(
            var=var,
            web_port=web,
            simulator_port=simulator,
            broker_port=broker,
            named_redis_url=os.environ.get("REDIS_URL", ""),
        )

    @property
    def url(self) -> str:
        """Return the shop's address."""
        return f"http://{ports.HOST}:{self.web_port}/"

    @property
    def simulator_url(self) -> str:
        """Return the Stripe simulator's address."""
        return f"http://{ports.HOST}:{self.simulator_port}/"

    @property
    def redis_url(self) -> str:
        """Return the broker's address: the named server's, or the embedded one's."""
        return self.named_redis_url or f"redis://{ports.HOST}:{self.broker_port}/0"

    @property
    def log(self) -> Path:
        """Return the folder of the programs' logs."""
        return self.var / "log"

    @property
    def run(self) -> Path:
        """Return the folder of the programs' pid files."""
        return self.var / "run"

    def environ(self) -> dict[str, str]:
        """Return the environment that every program gets."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "demo.settings",
            "GOODCARAT_MODE": "embedded",
            "GOODCARAT_VAR": str(self.var),
            "GOODCARAT_SITE_URL": self.url,
            "GOODCARAT_SIMULATOR_URL": self.simulator_url,
            "GOODCARAT_REDIS_URL": self.redis_url,
            "PYTHONUNBUFFERED": "1",
        }
