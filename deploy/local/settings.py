"""Owns what the operator may choose (SHEGONG_VAR, PORT_BASE, DEMO) and the fixed list of processes and ports."""

import os
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import CannotRun

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = "postgres"
DATABASES = ("registry", "training", "procurement", "coordination", "gateway")
SERVICES = ("registry", "training", "procurement", "coordination")
OFFSETS = {"gateway": 0, "registry": 1, "training": 2, "procurement": 3, "coordination": 4, "dashboard": 80}
APPS = tuple(OFFSETS)
FACTORIES = {
    **{name: f"services.{name}.app:main" for name in (*SERVICES, "dashboard")},
    "gateway": "gateway.app:main",
}
POSTGRES_OFFSET = 900


@dataclass(frozen=True)
class Settings:
    var: Path
    port_base: int = 8000
    demo: bool = True
    root: Path = ROOT

    def port(self, process: str) -> int:
        return self.port_base + (POSTGRES_OFFSET if process == POSTGRES else OFFSETS[process])

    def url(self, process: str) -> str:
        return f"http://127.0.0.1:{self.port(process)}"

    def database_url(self, role: str, password: str, *, database: str) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port(POSTGRES)}/{database}"

    @property
    def keys(self) -> Path:
        return self.var / "keys"

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def demo_file(self) -> Path:
        return self.var / "demo.json"


def from_environment() -> Settings:
    var = Path(os.environ.get("SHEGONG_VAR") or ROOT / "var").expanduser().resolve()
    return Settings(var=var, port_base=_port_base(), demo=os.environ.get("DEMO", "1") != "0")


def _port_base() -> int:
    text = os.environ.get("PORT_BASE") or "8000"
    if not (text.isascii() and text.isdigit() and 1024 <= int(text) <= 65535 - POSTGRES_OFFSET):
        raise CannotRun(f"PORT_BASE 应是 1024 到 {65535 - POSTGRES_OFFSET} 之间的整数，现在是 {text}。")
    return int(text)
