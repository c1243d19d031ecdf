"""`make run`, whole, from nothing; then after the worst, with nothing acknowledged lost."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.house import House, open_house
from deploy.local.processes import marked, port_is_free, servers_in
from deploy.local.settings import APPS, POSTGRES, ROOT, Settings
from deploy.local.stop import stop
from tests.deploy.clusters import odd_folder


def free_base() -> int:
    """Below the ports that the system hands out to clients, so that none is taken in between."""
    for base in random.sample(range(12000, 30000, 1000), 18):
        settings = Settings(var=Path(), port_base=base)
        if all(port_is_free(settings.port(name)) for name in (*APPS, POSTGRES)):
            return base
    raise AssertionError("no free ports")


@pytest.fixture
def settings() -> Iterator[Settings]:
    """In a folder with a space, Chinese and more than 100 bytes, open to the account that runs PostgreSQL for root."""
    with odd_folder() as folder:
        settings = Settings(var=folder, port_base=free_base())
        yield settings
        stop(open_house(settings))


def command(settings: Settings, *arguments: str) -> str:
    env = {**os.environ, "SHEGONG_VAR": str(settings.var), "PORT_BASE": str(settings.port_base), "DEMO": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def kill(house: House, name: str) -> None:
    state = (house.supervisor.states() or {})[name]
    psutil.Process(state["pid"]).kill()


def test_the_house_starts_from_nothing_and_recovers_from_the_worst(settings: Settings) -> None:
    assert "社工系统已经就绪" in command(settings, "run")
    told = json.loads(settings.demo_file.read_text())
    assert (told["dashboard"], told["gateway"]) == (settings.url("dashboard"), settings.url("gateway"))
    house = open_house(settings)
    house.cluster.superuser.ask("CREATE TABLE kept AS SELECT generate_series(1, 1000)", "registry")

    kill(house, "gateway")
    kill(house, POSTGRES)
    psutil.Process(int((settings.run / "supervisord.pid").read_text())).kill()
    command(settings, "run")

    assert house.cluster.superuser.ask("SELECT count(*) FROM kept", "registry") == "1000"
    assert command(settings, "status").count("就绪") == 7
    assert "本来就在运行" in command(settings, "run")

    command(settings, "stop")

    assert not marked(house.supervisor.mark())
    assert not servers_in(house.cluster.data)
    assert not settings.demo_file.exists()
