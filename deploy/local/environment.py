"""Owns what each process is told: its own keys, its own database, and the addresses it may call."""

import json
import os
from collections.abc import Mapping

from deploy.local.databases import reader
from deploy.local.settings import DATABASES, SERVICES, Settings

TOLD = (
    "SHEGONG_KEYS", "SHEGONG_DEMO", "SHEGONG_DATABASE_URL", "SHEGONG_READ_URL", "SHEGONG_SERVICES", "SHEGONG_GATEWAY",
)  # fmt: skip


def of_process(settings: Settings, process: str, passwords: Mapping[str, str]) -> dict[str, str]:
    told = {"SHEGONG_KEYS": str(settings.keys / process), "SHEGONG_DEMO": "1" if settings.demo else "0"}
    if process in DATABASES:
        told["SHEGONG_DATABASE_URL"] = settings.database_url(process, passwords[process], database=process)
        reading = reader(process)
        told["SHEGONG_READ_URL"] = settings.database_url(reading, passwords[reading], database=process)
        told["SHEGONG_PUBLIC_URL"] = os.environ.get("SHEGONG_PUBLIC_URL") or settings.url("gateway")
        told["SHEGONG_SERVICES"] = json.dumps({name: settings.url(name) for name in SERVICES})
    else:
        told["SHEGONG_GATEWAY"] = settings.url("gateway")
    return told


def neutral() -> dict[str, str]:
    """The operator's environment without what each process is told on its own, and without PostgreSQL's variables."""
    kept = {name: value for name, value in os.environ.items() if name not in TOLD and not name.startswith("PG")}
    past_proxies = ",".join(filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "127.0.0.1"]))
    return {**kept, "no_proxy": past_proxies, "NO_PROXY": past_proxies}


def as_file(told: Mapping[str, str]) -> str:
    """In the form that uvicorn's --env-file reads."""
    return "".join(f"{name}='{_escaped(value)}'\n" for name, value in told.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
