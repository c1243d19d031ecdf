"""The image, built and tried: `make image`. The whole system from it, beside a scratch PostgreSQL.

ENGINE  how the engine is called: docker, or `podman --root …`; BUILD and RUN  options of its build and its run.
Started in the wrong order, refused with the wrong secrets, signed in to, one process killed, keys turned while all run,
all stopped politely.
"""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from secrets import token_hex
from typing import Any

import httpx

from deploy.local.postgres import Cluster
from deploy.local.scratch import free_port, scratch_cluster
from deploy.local.settings import APPS, ROOT, SERVICES

DOCKERFILE = ROOT / "deploy/container/Dockerfile"
PARTS = (*APPS, "database")
CITY = "370100000000"
PATIENCE = 90.0  # seconds


def options(name: str, default: str = "") -> list[str]:
    return shlex.split(os.environ.get(name) or default)


def engine(*arguments: str, fails: bool = False) -> str:
    """What it printed; `fails`: it must not succeed."""
    done = subprocess.run(
        [*options("ENGINE", "docker"), *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    if (done.returncode != 0) != fails:
        sys.exit(f"{arguments} → {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr if fails else done.stdout.strip()


@dataclass(frozen=True)
class Installation:
    """Volumes and containers of this run, all on 127.0.0.1."""

    image: str
    cluster: Cluster
    name: str = field(default_factory=lambda: f"shegong-{token_hex(4)}")
    ports: Mapping[str, int] = field(default_factory=lambda: {name: free_port() for name in APPS})

    def url(self, process: str) -> str:
        return f"http://127.0.0.1:{self.ports[process]}"

    @cached_property
    def all_secrets(self) -> list[str]:
        parts = (f"--volume={self.name}-{part}:/keys/{part}" for part in PARTS)
        return [f"--volume={self.name}-root:/keys", *parts]

    def job(self, *command: str, demo: bool = True, fails: bool = False, more: tuple[str, ...] = ()) -> str:
        asked = ["run", "--rm", *self._common(demo), *(more or self.all_secrets), self.image, *command]
        return engine(*asked, fails=fails)

    def start(self, process: str) -> None:
        told = {
            "PORT": str(self.ports[process]),
            "LISTEN": "127.0.0.1",
            "SHEGONG_SERVICES": json.dumps({name: self.url(name) for name in SERVICES}),
            "SHEGONG_GATEWAY": self.url("gateway"),
        }
        environment = [f"--env={name}={value}" for name, value in told.items()]
        own = f"--volume={self.name}-{process}:/keys/{process}:ro"
        engine("run", "--detach", f"--name={self.name}-{process}", *self._common(True), *environment, own,
               self.image, process)  # fmt: skip

    def _common(self, demo: bool) -> list[str]:
        hardened = ["--network=host", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", *options("RUN")]
        address = f"--env=SHEGONG_DATABASE=127.0.0.1:{self.cluster.port}"
        return [*hardened, address, f"--env=SHEGONG_DEMO={int(demo)}"]

    def remove(self) -> None:
        containers = [f"{self.name}-{process}" for process in APPS]
        for what in (["rm", "--force", *containers], ["volume", "rm", f"{self.name}-root"],
                     ["volume", "rm", *(f"{self.name}-{part}" for part in PARTS)]):  # fmt: skip
            subprocess.run([*options("ENGINE", "docker"), *what], capture_output=True, check=False)


@contextmanager
def timed(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"{what:<46} {time.monotonic() - began:6.1f} s", flush=True)


def wait(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"not within {PATIENCE:.0f} seconds: {what}")
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", trust_env=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def build(image: str) -> None:
    with timed("built"):
        engine("build", *options("BUILD"), "--file", str(DOCKERFILE), "--tag", image, ".")
    size = int(engine("image", "inspect", "--format", "{{.Size}}", image))
    user = engine("image", "inspect", "--format", "{{.Config.User}}", image)
    check = engine("image", "inspect", "--format", "{{json .}}", image)
    print(f"{'size, user':<46} {size / 1e6:6.0f} MB, {user}")
    assert user == "10001:10001"
    assert "deploy.container.healthy" in check, "without a health check: podman needs --format docker"


def refuse(house: Installation) -> None:
    """A real start without secrets, and a real one with a demo's; a demo's own are made."""
    assert "new-keys" in house.job("keys", demo=False, fails=True)
    house.job("keys")
    assert "演示" in house.job("keys", demo=False, fails=True)
    own = (f"--volume={house.name}-registry:/keys/registry:ro",)
    assert "演示" in house.job("registry", demo=False, fails=True, more=own)
    secret = house.job("/keys/database/database-password", more=("--entrypoint=cat", *house.all_secrets))
    house.cluster.superuser.ask(f"ALTER ROLE postgres PASSWORD '{secret}'")


def all_ready(house: Installation) -> bool:
    return all(answers(house.url(name)) for name in APPS)


def check_health(house: Installation) -> None:
    """By the image's own check, which the engine asks."""
    for process in APPS:
        engine("exec", f"{house.name}-{process}", "python", "-m", "deploy.container.healthy")


def look(house: Installation, accounts: str) -> None:
    """Sign in as the city, read the map and the state of the parts."""
    password = next(line.split()[1] for line in accounts.splitlines() if line.split()[:1] == ["city"])
    with httpx.Client(base_url=house.url("dashboard"), trust_env=False, timeout=20) as browser:
        page = browser.get("/login").text
        token = page.partition('name="_form" value="')[2].partition('"')[0]
        signed = browser.post("/login", data={"username": "city", "password": password, "_form": token})
        assert signed.status_code == 303, signed.text
        seen = browser.get(f"/map/{CITY}")
        assert seen.status_code == 200, seen.text
        assert "济南市" in seen.text
        session = browser.cookies["shegong_session"]
        sheet = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
        assert browser.get(sheet).status_code == 200, sheet
    with timed("until the gateway has read everything"):
        wait(lambda: status(house, session)["state"] == "fresh", "fresh")
    print(json.dumps(status(house, session), ensure_ascii=False)[:240])


def status(house: Installation, session: str) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {session}"}
    answer = httpx.get(f"{house.url('gateway')}/api/v1/status", headers=headers, trust_env=False, timeout=20)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def kill_one(house: Installation) -> None:
    engine("kill", "--signal=KILL", f"{house.name}-registry")
    wait(lambda: not answers(house.url("registry")), "the registry is gone")
    assert answers(house.url("gateway")), "one that is away takes nobody with it"
    with timed("registry killed and started again"):
        engine("start", f"{house.name}-registry")
        wait(lambda: all_ready(house), "ready after a kill")


def turn_keys(house: Installation) -> None:
    """Beside the live ones: every process goes on, and whoever is opened an account can be."""
    keys = f"--volume={house.name}-registry:/keys/registry"
    assert "主密钥 m1" in house.job("data-keys", "status", more=(keys,))
    with timed("master key of personal data rotated"):
        house.job("data-keys", "rotate", "master", more=(keys,))
    assert "主密钥 m2" in house.job("data-keys", "status", more=(keys,))
    house.job("rotate-signing")
    gateway = f"--volume={house.name}-gateway:/keys/gateway:ro"
    house.job("account", "first", "演示人员", "viewer", CITY, more=(gateway,))
    wait(lambda: all_ready(house), "ready after the keys were turned")


def stop(house: Installation) -> None:
    for process in ("dashboard", "gateway", *SERVICES):
        with timed(f"stopped {process}"):
            engine("stop", "--time=15", f"{house.name}-{process}")
        code = engine("inspect", "--format", "{{.State.ExitCode}}", f"{house.name}-{process}")
        assert code in ("0", "143"), f"{process} was killed: {code}"


def main() -> None:
    image = "shegong:tried"
    build(image)
    with scratch_cluster() as cluster:
        house = Installation(image, cluster)
        try:
            refuse(house)
            with timed("six processes started before the migrations"):
                for process in reversed(APPS):
                    house.start(process)
            with timed("migrated"):
                accounts = house.job("migrate", more=(f"--volume={house.name}-root:/keys",))
            with timed("then all ready"):
                wait(lambda: all_ready(house), "ready")
            check_health(house)
            look(house, accounts)
            kill_one(house)
            look(house, accounts)
            turn_keys(house)
            look(house, accounts)
            with timed("migrated again, beside the live ones"):
                house.job("migrate", more=(f"--volume={house.name}-root:/keys",))
            stop(house)
        finally:
            house.remove()
    print("tried: all well")


if __name__ == "__main__":
    main()
