"""Containers: each has its own secrets and no others, a demo and a real installation never mix, any order will do."""

import asyncio
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.container import keys, migrating
from deploy.container.place import PASSWORD, Place, from_environment
from deploy.container.waiting import reached, wait_for_tables
from deploy.local.databases import reader
from deploy.local.errors import CannotRun
from deploy.local.migrations import head
from deploy.local.scratch import scratch_cluster
from deploy.local.settings import APPS, DATABASES, ROOT

FOLDER = ROOT / "deploy/container"


def place(folder: Path, *, demo: bool = True, database: str = "database:5432") -> Place:
    return Place(keys=folder, database=database, demo=demo)


@pytest.fixture
def demo(tmp_path: Path) -> Place:
    made = place(tmp_path)
    keys.ensure(made)
    return made


def test_a_demo_makes_its_own_secrets_and_keeps_them(demo: Place) -> None:
    before = {path: path.read_bytes() for path in demo.keys.rglob("*") if path.is_file()}

    keys.ensure(demo)

    assert {path: path.read_bytes() for path in demo.keys.rglob("*") if path.is_file()} == before


def test_a_real_installation_is_not_given_secrets_unasked(tmp_path: Path) -> None:
    real = place(tmp_path, demo=False)
    with pytest.raises(CannotRun, match="new-keys"):
        keys.ensure(real)

    keys.new(real)
    keys.ensure(real)

    assert real.told("registry", {})["SHEGONG_DEMO"] == "0"
    with pytest.raises(CannotRun, match="没有改动"):
        keys.new(real)


@pytest.mark.parametrize("process", APPS)
def test_demo_secrets_start_nothing_real_and_real_ones_no_demo(process: str, tmp_path: Path) -> None:
    for is_demo in (True, False):
        folder = tmp_path / str(is_demo)
        folder.mkdir()
        keys.new(place(folder, demo=is_demo))
        other = place(folder, demo=not is_demo)

        with pytest.raises(CannotRun, match="演示"):
            other.told(process, {})
        with pytest.raises(CannotRun, match="演示"):
            keys.ensure(other)
        with pytest.raises(CannotRun, match="演示"):
            migrating.migrate(other)


def test_lost_data_keys_are_not_replaced(demo: Place) -> None:
    (demo.keys / "registry/data-keys.json").unlink()

    with pytest.raises(CannotRun, match="请从备份恢复"):
        keys.ensure(demo)


def test_a_process_finds_its_own_password_and_no_other(demo: Place) -> None:
    passwords = json.loads((demo.keys / "passwords.json").read_text())

    for process in APPS:
        found = "".join(path.read_text() for path in (demo.keys / process).rglob("*") if path.is_file())
        told = json.dumps(demo.told(process, {}))
        assert {role for role, secret in passwords.items() if secret in found + told} == {
            role for role in (process, reader(process)) if process in DATABASES
        }
    assert (demo.keys / "database" / PASSWORD).read_text() == passwords["postgres"]


def test_what_the_environment_says_goes_first(demo: Place) -> None:
    given = {"SHEGONG_DATABASE_URL": "postgresql://vault:secret@elsewhere/registry", "SHEGONG_SERVICES": "{}"}
    (demo.keys / "registry" / PASSWORD).unlink()

    assert demo.told("registry", given) | given == demo.told("registry", given)


def test_the_gateway_alone_is_what_the_dashboard_knows(demo: Place) -> None:
    told = demo.told("dashboard", {})

    assert told["SHEGONG_GATEWAY"] == "http://gateway:8000"
    assert {name for name in told if "DATABASE" in name or "SERVICES" in name} == set()


@pytest.mark.parametrize("port", ["0", "65536", "８０００", "http"])
def test_a_wrong_port_is_refused(port: str) -> None:
    with pytest.raises(CannotRun, match="PORT"):
        from_environment({"PORT": port})


@pytest.mark.parametrize(("command", "said"), [(["nobody"], "nobody"), ([], "可选"), (["new-epoch"], "请指明服务")])
def test_a_wrong_command_is_refused_with_a_sentence(command: list[str], said: str, tmp_path: Path) -> None:
    env = {**os.environ, "SHEGONG_KEYS_ROOT": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "deploy.container", *command], cwd=ROOT, env=env, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_further_on_than_the_image_will_do() -> None:
    newest = head("registry")

    assert newest is not None
    assert reached(newest, "registry")
    assert reached("9999", "registry")
    assert not reached("0000", "registry")
    assert not reached(None, "registry")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with scratch_cluster() as cluster:
        folder = tmp_path_factory.mktemp("keys")
        made = place(folder, database=f"127.0.0.1:{cluster.port}")
        keys.ensure(made)
        password = (folder / "database" / PASSWORD).read_text()
        cluster.superuser.ask(f"ALTER ROLE postgres PASSWORD '{password}'")
        yield made


async def test_processes_wait_for_the_migrations_that_run_beside(migrated: Place) -> None:
    urls = {name: migrated.told(name, {})["SHEGONG_DATABASE_URL"] for name in DATABASES}
    waiting = asyncio.gather(*(wait_for_tables(url, name) for name, url in urls.items()))
    await asyncio.sleep(0.1)
    assert not waiting.done()

    await asyncio.gather(*(asyncio.to_thread(migrating.migrate, migrated) for _ in range(2)))

    await asyncio.wait_for(waiting, 10)
    accounts = json.loads((migrated.keys / "demo.json").read_text())["accounts"]
    connection = await asyncpg.connect(urls["registry"])
    assert await connection.fetchval("SELECT count(*) FROM division") > 100
    await connection.close()
    assert "city" in {account["username"] for account in accounts}


def test_the_wrong_secrets_for_the_data_are_refused_at_once(migrated: Place, tmp_path: Path) -> None:
    other = place(tmp_path, database=migrated.database)
    keys.ensure(other)

    with pytest.raises(CannotRun, match="不是一套"):
        migrating.migrate(other)


def test_every_process_has_a_folder_in_the_image_and_a_container() -> None:
    dockerfile, compose = ((FOLDER / name).read_text() for name in ("Dockerfile", "compose.yaml"))
    made = dockerfile.partition("for part in ")[2].partition(";")[0]

    assert set(made.split()) == {*APPS, keys.DATABASE}
    assert all(f"command: [{name}]" in compose for name in APPS)


def test_whatever_can_be_set_at_a_desk_can_be_set_in_containers() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Configuration")[2].partition("\n\nWith")[0]
    of_a_desk = {"SHEGONG_VAR", "SHEGONG_POSTGRES_BIN"}
    named = set(re.findall(r"SHEGONG_[A-Z_]+", table)) - of_a_desk

    assert len(named) > 5
    assert {name for name in named if f"    {name}:" not in (FOLDER / "compose.yaml").read_text()} == set()


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """As Compose itself reads them; without Compose (`make image-check` brings it) there is nothing to ask."""
    spec = importlib.util.find_spec("compose")
    binaries = [Path(folder) / "docker-compose" for folder in (spec and spec.submodule_search_locations) or []]
    if not any(path.is_file() for path in binaries):
        pytest.skip("no Compose here")
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    said = subprocess.run(
        [binaries[0], "-f", FOLDER / "compose.yaml", "config", "--format", "json"],
        env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    read: dict[str, dict[str, Any]] = json.loads(said.stdout)["services"]
    return read


def test_a_container_can_write_nothing_and_read_only_its_own(services: dict[str, dict[str, Any]]) -> None:
    for name in APPS:
        [mount] = services[name]["volumes"]
        assert (mount["source"], mount["target"], mount["read_only"]) == (f"keys-{name}", f"/keys/{name}", True)
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["environment"]["SHEGONG_DEMO"] == "0"
        assert services[name]["restart"] == "unless-stopped"


def test_only_the_front_is_published_and_only_the_gateway_stands_in_both_networks(
    services: dict[str, dict[str, Any]],
) -> None:
    networks = {name: set(service.get("networks") or ()) for name, service in services.items()}

    assert [name for name in services if services[name].get("ports")] == ["front"]
    assert services["front"]["ports"][0]["host_ip"] == "127.0.0.1"
    assert [name for name in networks if networks[name] == {"inside", "outside"}] == ["gateway"]
    assert networks["dashboard"] == networks["front"] == {"outside"}
