"""Owns `make run`: from whatever state the installation is in to everything running and ready, step by step.

Each step does only what is missing, so that a first start, a restart after any kill, and a call while all is well are
the same walk.
"""

import asyncio
import json
import time
from http.client import HTTPConnection, HTTPException

from deploy.local import migrations, say, seeds
from deploy.local.databases import prepare_databases, versions
from deploy.local.errors import CannotRun
from deploy.local.files import locked, write_private
from deploy.local.house import House, open_house
from deploy.local.processes import port_is_free
from deploy.local.programs import environment_file, log_file
from deploy.local.settings import APPS, POSTGRES, Settings
from deploy.local.stop import stop

PATIENCE = 180.0  # seconds for all processes to say that they are ready: a machine may be busy


def run(settings: Settings) -> None:
    settings.var.mkdir(parents=True, exist_ok=True)
    with locked(settings.var / "lock"):
        house = open_house(settings)
        was_running = _supervised(house)
        _start_postgres(house)
        _prepare_data(house)
        _start_apps(house)
        _write_demo_file(house)
    say.ready(settings, was_running=was_running)


def _supervised(house: House) -> bool:
    """True if it was running as it should; else nothing of it runs any more but a new supervisord."""
    if house.supervisor.states() and house.supervisor.runs_with(house.config):
        return True
    stop(house)
    for name in (POSTGRES, *APPS):
        _check_port(house.settings, name)
    house.supervisor.launch(house.config)
    return False


def _check_port(settings: Settings, name: str) -> None:
    port = settings.port(name)
    if not port_is_free(port):
        raise CannotRun(f"{name} 要用的端口 {port} 已被其他程序占用。请关闭那个程序，或用 PORT_BASE 换一组端口。")


def _start_postgres(house: House) -> None:
    house.cluster.make()
    if not _runs(house, POSTGRES):
        say.step("启动 PostgreSQL")
        house.cluster.clear_way()
        house.supervisor.start(POSTGRES)
    house.cluster.wait_ready(log_file(house.settings, POSTGRES))
    house.cluster.check_trigrams()


def _runs(house: House, name: str) -> bool:
    return (house.supervisor.states() or {})[name]["statename"] in ("RUNNING", "STARTING")


def _prepare_data(house: House) -> None:
    cluster, settings = house.cluster, house.settings
    asyncio.run(prepare_databases(cluster.dsn(), house.passwords))
    behind = migrations.behind(asyncio.run(versions(cluster.dsn())))
    for name in behind:
        say.step(f"更新数据库 {name}")
        migrations.upgrade(name, house.owner_url(name))
    identifier = cluster.superuser.ask("SELECT system_identifier FROM pg_control_system()")
    seeds.sow(settings, house.passwords, cluster=identifier, migrated=behind)


def _start_apps(house: House) -> None:
    dead = [name for name in APPS if not _runs(house, name)]
    if dead:
        say.step(f"启动 {'、'.join(dead)}")
    for name in dead:
        write_private(environment_file(house.settings, name), house.told(name))
        _check_port(house.settings, name)
        house.supervisor.start(name)
    _wait_ready(house)


def _wait_ready(house: House) -> None:
    waiting = set(APPS)
    deadline = time.monotonic() + PATIENCE
    while waiting := {name for name in waiting if not is_ready(house.settings, name)}:
        states = house.supervisor.states() or {}
        dead = [name for name in waiting if states[name]["statename"] == "FATAL"]
        if dead or time.monotonic() > deadline:
            raise CannotRun(_complaint(house.settings, sorted(dead or waiting)))
        time.sleep(0.1)


def is_ready(settings: Settings, name: str) -> bool:
    connection = HTTPConnection("127.0.0.1", settings.port(name), timeout=5)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _complaint(settings: Settings, names: list[str]) -> str:
    log = log_file(settings, names[0])
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return f"{'、'.join(names)} 没有就绪。{log} 的最后几行是：\n" + "\n".join(lines[-15:])


def _write_demo_file(house: House) -> None:
    """Its presence says that everything is ready; whoever waits for it may start at once."""
    settings = house.settings
    if settings.demo:
        addresses = {"dashboard": settings.url("dashboard"), "gateway": settings.url("gateway")}
        accounts = json.loads(seeds.accounts_file(settings).read_text(encoding="utf-8"))
        write_private(settings.demo_file, json.dumps(addresses | accounts, ensure_ascii=False, indent=1))
