"""Into which system the demo city is loaded, and whether it may be: never beside data of others."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import asyncpg

from deploy.demo.shape import SMALL, WHOLE, Size
from deploy.local.errors import CannotRun
from deploy.local.files import write_private
from services.kernel.clock import today

FOLLOWERS = ("training", "procurement", "coordination")
OWNERS = ("registry", *FOLLOWERS)
TOUCHED = "select exists (select from event where actor <> 'system')"
WHICH = "select system_identifier::text from pg_control_system()"
HEAD = """
select concat_ws('.', (select max(epoch) from feed_epoch), epoch, xact, seq) from subject
order by epoch desc, xact desc, seq desc limit 1"""
READ = "select position from {schema}.feed_cursor where source = $1"
PATIENCE = 300.0  # seconds for a follower to catch up


@dataclass(frozen=True)
class Target:
    """A running system: its door, its machine client, and what each process is told (SHEGONG_…)."""

    gateway: str
    client: dict[str, str]
    told: Mapping[str, Mapping[str, str]]
    marker: Path

    def url(self, name: str) -> str:
        return self.told[name]["SHEGONG_DATABASE_URL"]


@dataclass(frozen=True)
class Order:
    """Which city: the first one loaded settles it, so that a second try makes the same."""

    seed: int
    small: bool
    as_of: date

    @property
    def size(self) -> Size:
        return SMALL if self.small else WHOLE


async def asked(url: str, question: str, *values: object) -> object:
    db = await asyncpg.connect(url)
    try:
        return await db.fetchval(question, *values)
    finally:
        await db.close()


async def settled(target: Target, seed: int, small: bool) -> Order:
    """What was begun goes on; beside other data, or another city, nothing is begun."""
    touched = [name for name in OWNERS if await asked(target.url(name), TOUCHED)]
    before = begun(target.marker, await cluster(target))
    if not touched:
        order = Order(seed, small, today())
        kept = {"seed": seed, "small": small, "as_of": order.as_of.isoformat(), "cluster": await cluster(target)}
        write_private(target.marker, json.dumps(kept))
        return order
    if before is None:
        raise CannotRun(
            f"数据库里已有其他数据（{'、'.join(touched)}），演示城市没有装入，什么也没有改动。"
            "请用 SHEGONG_VAR 指定一个新的文件夹，重新 make run 之后再装入。"
        )
    if (before.seed, before.small) != (seed, small):
        raise CannotRun(
            f"这里已装入另一座演示城市（seed={before.seed}{'，小型' if before.small else ''}），什么也没有改动。"
            "请用同样的参数继续，或用 SHEGONG_VAR 指定一个新的文件夹。"
        )
    return before


async def cluster(target: Target) -> str:
    return str(await asked(target.url("registry"), WHICH))


def begun(marker: Path, cluster: str) -> Order | None:
    try:
        kept = json.loads(marker.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if kept["cluster"] != cluster:
        return None
    return Order(kept["seed"], kept["small"], date.fromisoformat(kept["as_of"]))


async def followed(target: Target, source: str, readers: Mapping[str, str]) -> None:
    """Wait until these databases (name → schema) have read the feed of a service to its end."""
    head = await asked(target.url(source), HEAD)
    until = time.monotonic() + PATIENCE
    for name, schema in readers.items():
        while await asked(target.url(name), READ.format(schema=schema), source) != head:
            if time.monotonic() > until:
                raise CannotRun(f"{name} 没有跟上 {source} 的数据。请用 make status 查看，再执行一次同样的命令继续。")
            await asyncio.sleep(0.2)
