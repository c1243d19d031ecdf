"""Owns what each process is told: its own keys, its own database, and the addresses it may call."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from deploy.local.files import write_private
from deploy.local.settings import DATABASES, SERVICES, Settings


def of_process(settings: Settings, process: str, passwords: Mapping[str, str]) -> dict[str, str]:
    told = {"SHEGONG_KEYS": str(settings.keys / process), "SHEGONG_DEMO": "1" if settings.demo else "0"}
    if process in DATABASES:
        told["SHEGONG_DATABASE_URL"] = settings.database_url(process, passwords[process], database=process)
        told["SHEGONG_SERVICES"] = json.dumps({name: settings.url(name) for name in SERVICES})
    else:
        told["SHEGONG_GATEWAY"] = settings.url("gateway")
    return told


def neutral() -> dict[str, str]:
    """The operator's environment without what each process is told on its own."""
    ours = ("SHEGONG_KEYS", "SHEGONG_DEMO", "SHEGONG_DATABASE_URL", "SHEGONG_SERVICES", "SHEGONG_GATEWAY")
    return {name: value for name, value in os.environ.items() if name not in ours}


def write_file(path: Path, told: Mapping[str, str]) -> None:
    """In the form that uvicorn's --env-file reads."""
    write_private(path, "".join(f"{name}='{_escaped(value)}'\n" for name, value in told.items()))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
