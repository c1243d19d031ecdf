"""Owns `make demo`: the demo city into the installation that runs here."""

import asyncio
import json

from deploy.demo.load import load
from deploy.demo.target import Target
from deploy.local import environment, say
from deploy.local.errors import CannotRun
from deploy.local.files import locked
from deploy.local.house import open_house
from deploy.local.run import is_ready
from deploy.local.settings import APPS, DATABASES, Settings


def demo(settings: Settings, seed: int, *, small: bool) -> None:
    if not settings.run.exists() or not settings.demo_file.exists():
        raise CannotRun("演示系统没有运行，演示城市没有装入。请先 make run（不要设 DEMO=0），再执行一次。")
    with locked(settings.run / "demo-city.lock"):
        asyncio.run(load(here(settings), seed, small=small))
    say.step(f"请打开 {settings.url('dashboard')} 查看。")


def here(settings: Settings) -> Target:
    house = open_house(settings)
    if waiting := [name for name in APPS if not is_ready(settings, name)]:
        raise CannotRun(f"{'、'.join(waiting)} 没有就绪，演示城市没有装入。请用 make run 启动后再执行一次。")
    told = {name: environment.neutral() | environment.of_process(settings, name, house.passwords) for name in DATABASES}
    client = json.loads(settings.demo_file.read_text(encoding="utf-8"))["client"]
    return Target(settings.url("gateway"), client, told, settings.run / "demo-city.json")
