"""What the policies cost: the ten busiest reads, the same SQL on the same data, as the role that reads and as one that
no policy binds; for a city, a district, and a zone of many ranges.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from statistics import median

import asyncpg

from services.contracts.divisions import CodeRange, subtree
from services.coordination.asking import READ
from services.coordination.service_records import queries as records
from services.kernel.actor import Actor
from services.kernel.clock import today
from services.kernel.scope import scope_of
from services.registry.organizations import queries as organizations
from services.registry.people import queries as people
from services.registry.points import queries as points
from tests.live import PROCESSES, live_system

Read = Callable[[asyncpg.Connection, Actor], Awaitable[object]]
TIMES, EACH = 15, 8
CITY, DISTRICT, ZONE = "370100000000", "370112000000", "370176000000"
OF_ZONE = "select code from division where code = $1 or (zone = $1 and tier = 'street')"


def within(actor: Actor) -> list[tuple[CodeRange, ...]]:
    return [actor.ranges("registry:read")]


def listed(read: Callable[..., Awaitable[object]], *sought: object, **more: object) -> Read:
    return lambda db, actor: read(db, actor, *sought, within=within(actor), limit=50, cursor=None, **more)


def reads(on: date) -> dict[str, tuple[str, Read]]:
    """By name: the database, and the read."""
    ending = people.RegistrationSort.ENDING

    def certificates(db: asyncpg.Connection, actor: Actor) -> Awaitable[object]:
        return people.certificates(
            db, within=within(actor), person_id=None, level=None, on=on, limit=50, cursor=None
        )  # fmt: skip

    def registrations(db: asyncpg.Connection, actor: Actor) -> Awaitable[object]:
        return people.registrations(
            db, within=within(actor), person_id=None, on=on, renewable_on=None, sort=ending, limit=50, cursor=None
        )  # fmt: skip

    def services(sought: records.Sought) -> Read:
        return lambda db, actor: records.service_records(db, actor, sought, division=None, limit=50, cursor=None)

    at_points = listed(points.assignments, person_id=None, service_point_id=None, on=on)
    return {
        "people": ("registry", listed(people.people, people.Sought(), on=on)),
        "people by name": ("registry", listed(people.people, people.Sought(q="演示1"), on=on)),
        "people, newest": ("registry", listed(people.people, people.Sought(sort=people.Sort.NEWEST), on=on)),
        "certificates": ("registry", certificates),
        "registrations, ending first": ("registry", registrations),
        "service points": ("registry", listed(points.service_points, points.Sought(), on=on)),
        "assignments": ("registry", at_points),
        "organizations": ("registry", listed(organizations.organizations, organizations.Sought())),
        "service records": ("coordination", services(records.Sought())),
        "service records of ninety days": ("coordination", services(records.Sought(on=on))),
    }


async def took(db: asyncpg.Connection, read: Read, actor: Actor) -> float:
    """Milliseconds of one, of a few in one transaction of the actor's scope."""
    async with db.transaction(readonly=True):
        await db.execute(scope_of(actor, ["registry:read", READ]).sql())
        begun = time.perf_counter()
        for _ in range(EACH):
            await read(db, actor)
        return (time.perf_counter() - begun) / EACH * 1000


async def compared(bound: asyncpg.Connection, free: asyncpg.Connection, read: Read, actor: Actor) -> dict[str, float]:
    """Turn by turn, so that whatever else the machine does falls on both."""
    pairs = [(await took(bound, read, actor), await took(free, read, actor)) for _ in range(TIMES)]
    with_, without = median(p[0] for p in pairs[1:]), median(p[1] for p in pairs[1:])
    return {"with_ms": round(with_, 3), "without_ms": round(without, 3), "ratio": round(with_ / without, 2)}


def official(ranges: tuple[CodeRange, ...]) -> Actor:
    return Actor(id="bench", name="bench", kind="person", may={"registry:read": ranges, READ: ranges})


async def costs(addresses: Callable[[str, str], str]) -> dict[str, dict[str, float]]:
    """`addresses(role, database)`."""
    bound = {name: await asyncpg.connect(addresses(f"{name}_read", name)) for name in ("registry", "coordination")}
    free = {name: await asyncpg.connect(addresses("postgres", name)) for name in bound}
    streets = [subtree(row["code"]) for row in await free["registry"].fetch(OF_ZONE, ZONE)]
    scopes = {"city": (subtree(CITY),), "district": (subtree(DISTRICT),), "zone": tuple(streets)}
    told = {}
    for name, (database, read) in reads(today()).items():
        for scope, ranges in scopes.items():
            told[f"{name}, {scope}"] = await compared(bound[database], free[database], read, official(ranges))
    for db in (*bound.values(), *free.values()):
        await db.close()
    return told


def addresses_of(keys: Path, port: int) -> Callable[[str, str], str]:
    passwords = json.loads((keys / "passwords.json").read_text(encoding="utf-8"))
    return lambda role, database: f"postgresql://{role}:{passwords[role]}@127.0.0.1:{port}/{database}"


def run() -> dict[str, dict[str, float]]:
    with live_system(18_400) as system:
        system.make("demo")
        return asyncio.run(costs(addresses_of(system.var / "keys", system.base + PROCESSES["postgres"])))
