"""Owns how everything ends: politely through supervisord, and whatever lost its supervisord by proof of being ours."""

import signal
import time
from collections.abc import Mapping
from typing import Any

import psutil

from deploy.local.house import House
from deploy.local.processes import end, marked, servers_in
from deploy.local.programs import drop_socket
from deploy.local.settings import APPS
from deploy.local.supervisor import MODULE

PATIENCE = 45.0  # seconds: PostgreSQL may take 30 for its last checkpoint


def stop(house: House) -> None:
    house.settings.demo_file.unlink(missing_ok=True)  # it says that all is ready
    if house.supervisor.states() is not None:
        _shut_down(house)
    end_orphans(house)
    drop_socket(house.settings)


def _shut_down(house: House) -> None:
    """All applications at once, then, by supervisord itself, PostgreSQL."""
    for name in APPS:
        house.supervisor.stop(name)
    deadline = time.monotonic() + PATIENCE
    while any(_lives(state["statename"]) for state in _apps(house)) and time.monotonic() < deadline:
        time.sleep(0.05)
    house.supervisor.shut_down()
    while _supervisords(house) and time.monotonic() < deadline:
        time.sleep(0.05)


def _apps(house: House) -> list[Mapping[str, Any]]:
    return [state for name, state in (house.supervisor.states() or {}).items() if name in APPS]


def _lives(state: str) -> bool:
    return state in ("RUNNING", "STARTING", "STOPPING", "BACKOFF")


def end_orphans(house: House) -> None:
    """First a supervisord that does not answer, lest it start again what we end; PostgreSQL last."""
    end(_supervisords(house), by=signal.SIGKILL, patience=5)
    servers = servers_in(house.cluster.data)
    end([p for p in marked(house.supervisor.mark()) if p not in servers], by=signal.SIGTERM, patience=8)
    house.cluster.stop()
    end(servers_in(house.cluster.data), by=signal.SIGQUIT, patience=5)


def _supervisords(house: House) -> list[psutil.Process]:
    return [p for p in marked(house.supervisor.mark()) if _is_supervisord(p)]


def _is_supervisord(process: psutil.Process) -> bool:
    try:
        return MODULE in process.cmdline()
    except psutil.Error:
        return False
