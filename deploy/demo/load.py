"""The demo city into a running system: rosters through the public door, the rest by each service's own loader.

Said again it goes on where it was left, for every step changes nothing that is there already.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from deploy.demo import rosters, rows
from deploy.demo.city import City, make_city
from deploy.demo.door import Door
from deploy.demo.organizations import Organization
from deploy.demo.rows import Ids
from deploy.demo.target import FOLLOWERS, OWNERS, Order, Target, followed, settled
from deploy.local import say
from deploy.local.errors import CannotRun
from services.contracts.registry import ImportKind, OrganizationKind
from services.coordination.seed import LOAD as SERVICES
from services.procurement.seed import LOAD as PROJECTS
from services.training.seed import LOAD as TRAINING

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 8  # requests


async def load(target: Target, seed: int, *, small: bool) -> City:
    started = time.monotonic()
    order = await settled(target, seed, small)
    city = make_city(order.as_of, seed=seed, size=order.size)
    done(f"生成演示城市：持证人员 {len(city.holders)} 名，站点 {len(city.points)} 个", started)
    door = Door(target.gateway, target.client)
    try:
        await register(door, city)
        waiting = asyncio.ensure_future(registry_followed(target))
        ids = await timed("读回登记编号", known(door))
        await waiting
    finally:
        await door.close()
    await fill(target, city, ids, order)
    done("演示城市已经就绪，全部", started)
    return city


def done(what: str, since: float) -> None:
    say.step(f"{what}（{time.monotonic() - since:.1f} 秒）")


async def timed(what: str, work: Awaitable[T]) -> T:
    since = time.monotonic()
    result = await work
    done(what, since)
    return result


# ── the registry, through the door ───────────────────────────────────────────────────────────────────────────────────
async def register(door: Door, city: City) -> None:
    await timed("登记购买主体和服务机构", organizations(door, city))
    await roster(door, ImportKind.SERVICE_POINTS, "服务站点", list(rosters.point_lines(city.points)))
    for n, lines in enumerate(rosters.waves(city.holders), start=1):
        await roster(door, ImportKind.CERTIFIED_WORKERS, f"持证人员（第 {n} 批）", lines)


async def roster(door: Door, kind: ImportKind, title: str, lines: list[rosters.Line]) -> None:
    since = time.monotonic()
    job = await door.roster(kind, await asyncio.to_thread(rosters.workbook, title, lines))
    done(f"导入{title} {len(lines)} 行：新增 {job.new}，变更 {job.changed}，不变 {job.unchanged}", since)


async def organizations(door: Door, city: City) -> None:
    there = {o["uscc"] async for o in door.pages("/registry/organizations")}
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(organization: Organization, kind: OrganizationKind) -> None:
        told = {"name": organization.name, "kind": kind, "uscc": organization.uscc}
        async with turns:
            await door.ask("POST", "/registry/organizations", json=told | {"division": organization.place.code})

    new = [(o, kind) for o, kind in city.organizations.known_first() if o.uscc not in there]
    await asyncio.gather(*(one(o, kind) for o, kind in new))


async def known(door: Door) -> Ids:
    """What the registry has called them."""
    return Ids(
        people={c["management_number"]: UUID(c["person_id"]) async for c in door.pages("/registry/certificates")},
        points={p["number"]: UUID(p["id"]) async for p in door.pages("/registry/service-points")},
        organizations={o["uscc"]: UUID(o["id"]) async for o in door.pages("/registry/organizations")},
    )


async def registry_followed(target: Target) -> None:
    await timed("各服务同步登记数据", followed(target, "registry", dict.fromkeys(FOLLOWERS, "public")))


# ── the others, each by its own loader ───────────────────────────────────────────────────────────────────────────────
async def fill(target: Target, city: City, ids: Ids, order: Order) -> None:
    loads: dict[str, tuple[str, Callable[[], bytes]]] = {
        "training": (
            f"写入培训 {len(city.sessions)} 期、学时 {len(city.attendances)} 条、督导 {len(city.supervisors)} 人",
            lambda: TRAINING.dump_json(rows.training(city, ids, order.as_of)),
        ),
        "procurement": (
            f"写入项目 {len(city.projects)} 个、合同 {sum(len(p.contracts) for p in city.projects)} 份",
            lambda: PROJECTS.dump_json(rows.procurement(city, ids, order.as_of)),
        ),
        "coordination": (
            f"写入服务记录 {len(city.services)} 条",
            lambda: SERVICES.dump_json(rows.services(city, ids)),
        ),
    }
    await asyncio.gather(*(timed(what, seeded(target, name, body())) for name, (what, body) in loads.items()))
    await timed("汇总全市数据", gateway_followed(target))


async def seeded(target: Target, name: str, content: bytes) -> None:
    """In a process of its own, that knows this service's database and no other."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"services.{name}.seed", cwd=ROOT, env={**os.environ, **target.told[name]},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate(content)
    if process.returncode != 0:
        complaint = output.decode(errors="replace").strip()[-2000:]
        raise CannotRun(f"{name} 的演示数据没有全部写入。请再执行一次同样的命令继续。\n{complaint}")


async def gateway_followed(target: Target) -> None:
    for name in OWNERS:
        await followed(target, name, {"gateway": "coverage"})
