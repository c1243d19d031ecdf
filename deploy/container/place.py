"""Owns what a container is told: where its secrets lie, where the database is, and whether this is a demo.

SHEGONG_KEYS_ROOT           folder of the secrets; a process sees only its own part of it
SHEGONG_DATABASE            host and port of PostgreSQL
SHEGONG_DEMO                1: demo accounts and secrets that nobody has to keep
PORT, LISTEN                where the process listens: 8000, on every address of the container's own network

Whatever a process reads itself (SHEGONG_DATABASE_URL, SHEGONG_READ_URL, SHEGONG_SERVICES …) may be given too, and then
wins.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.container import PORT
from deploy.local.databases import reader
from deploy.local.errors import CannotRun
from deploy.local.settings import APPS, DATABASES, SERVICES

DEMO_MARK = "made-for-a-demo"
PASSWORD, READ_PASSWORD = "database-password", "read-password"
ANYWHERE = "0.0.0.0"  # compose.yaml says who gets there


@dataclass(frozen=True)
class Place:
    keys: Path
    database: str
    demo: bool
    port: int = PORT
    listen: str = ANYWHERE

    def url(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@{self.database}/{database}"

    def told(self, process: str, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment of a process that has its secrets; refused if they are missing or of the other kind."""
        self.check(self.keys / process)
        told = {"SHEGONG_KEYS": str(self.keys / process), "SHEGONG_DEMO": "1" if self.demo else "0"}
        if process in DATABASES:
            told["SHEGONG_SERVICES"] = json.dumps({name: f"http://{name}:{PORT}" for name in SERVICES})
        else:
            told["SHEGONG_GATEWAY"] = f"http://gateway:{PORT}"
        if process in DATABASES and "SHEGONG_DATABASE_URL" not in environment:
            told["SHEGONG_DATABASE_URL"] = self.url(process, self._password(process, PASSWORD), process)
        if process in DATABASES and "SHEGONG_READ_URL" not in environment:
            told["SHEGONG_READ_URL"] = self.url(reader(process), self._password(process, READ_PASSWORD), process)
        return {**told, **environment}

    def check(self, folder: Path) -> None:
        """Demo secrets serve a demo only, and a demo never touches real data."""
        if not (folder / "key.pem").exists() and not (folder / "passwords.json").exists():
            raise CannotRun(f"{folder} 里没有密钥。请先运行 docker compose run --rm keys new-keys，并妥善备份。")
        if self.demo and not (folder / DEMO_MARK).exists():
            raise CannotRun("这是正式的密钥和数据，不能以 DEMO=1 启动：那样会写入演示账户。")
        if not self.demo and (folder / DEMO_MARK).exists():
            raise CannotRun("这是演示用的密钥和数据，不能用于正式运行。演示请设 DEMO=1；正式运行请换一套卷。")

    def _password(self, process: str, file: str) -> str:
        return (self.keys / process / file).read_text(encoding="utf-8")


def from_environment(environment: Mapping[str, str] = os.environ) -> Place:
    port = environment.get("PORT") or str(PORT)
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise CannotRun(f"PORT 应是 1 到 65535 之间的整数，现在是 {port}。")
    return Place(
        keys=Path(environment.get("SHEGONG_KEYS_ROOT") or "/keys"),
        database=environment.get("SHEGONG_DATABASE") or "database:5432",
        demo=environment.get("SHEGONG_DEMO") == "1",
        port=int(port),
        listen=environment.get("LISTEN") or ANYWHERE,
    )


def a_process(name: str) -> str:
    if name not in APPS:
        raise CannotRun(f"没有名为 {name} 的进程。可选：{'、'.join(APPS)}。")
    return name
