"""A whole system as an operator starts it (`make run`), in a folder and on ports of its own; for chaos and bench."""

import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parent.parent
PROCESSES = {
    "gateway": 0,
    "registry": 1,
    "training": 2,
    "procurement": 3,
    "coordination": 4,
    "dashboard": 80,
    "postgres": 900,
}


@dataclass
class Live:
    var: Path
    base: int
    seconds: float = 0.0  # what the last `make run` took
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.environment = {**os.environ, "SHEGONG_VAR": str(self.var), "PORT_BASE": str(self.base)}

    def make(self, target: str) -> None:
        begun = time.monotonic()
        subprocess.run(["make", target], cwd=ROOT, env=self.environment, check=True, stdout=subprocess.DEVNULL)
        self.seconds = time.monotonic() - begun

    @property
    def demo(self) -> dict[str, object]:
        told: dict[str, object] = json.loads((self.var / "demo.json").read_text())
        return told

    def listening(self) -> dict[str, psutil.Process]:
        """The process behind each of our ports; nothing else is ever touched."""
        names = {self.base + offset: name for name, offset in PROCESSES.items()}
        found = psutil.net_connections("tcp")
        return {
            names[c.laddr.port]: psutil.Process(c.pid)
            for c in found
            if c.status == psutil.CONN_LISTEN and c.pid and c.laddr.ip == "127.0.0.1" and c.laddr.port in names
        }

    def family(self) -> list[psutil.Process]:
        """Every process of the system: the supervisor, and all that descend from it."""
        known = self.listening().get("postgres")
        first = None if known is None else known.parent()
        return [first, *first.children(recursive=True)] if first is not None and first.pid > 1 else []

    def client(self) -> httpx.Client:
        """The demo client at the door, with a token."""
        door = httpx.Client(base_url=f"{self.demo['gateway']}/api/v1", timeout=20, trust_env=False)
        machine: dict[str, str] = self.demo["client"]  # type: ignore[assignment]
        form = {"grant_type": "client_credentials", "client_id": machine["id"], "client_secret": machine["secret"]}
        answer = door.post("/auth/token", data=form).raise_for_status().json()
        door.headers["authorization"] = f"Bearer {answer['access_token']}"
        return door


@contextlib.contextmanager
def live_system(base: int = 18000) -> Iterator[Live]:
    with tempfile.TemporaryDirectory(prefix="shegong-live-", ignore_cleanup_errors=True) as folder:
        system = Live(Path(folder) / "var", base)
        try:
            system.make("run")
            yield system
        finally:
            system.make("stop")
