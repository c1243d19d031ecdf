"""What the registry has published is what its rows say, whatever ran at the same time; and every version is kept."""

import asyncio
import random
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from services.contracts.facts import SubjectState
from services.contracts.registry import CreateAssignment
from services.kernel.db import run
from services.registry import publishing
from services.registry.points import commands
from tests.keys import an_actor
from tests.registry.factories import a_point_line, a_worker
from tests.registry.test_api import a_point, listed
from tests.registry.test_imports import people, points, upload

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]
SAID = text(
    "select subject, facts, record from subject where subject ~ '^(person|service_point):' and record is not null"
)
REGISTER = text("""
insert into registration (person_id, certificate_id, start_on, end_on)
select person_id, id, date '2024-05-01', date '2027-05-01' from certificate where person_id = :person""")


async def ids(tx, table: str) -> list:
    return [r.id for r in await (await tx.connection()).execute(text(f"select id from {table}"))]


async def compare(registry) -> int:
    """How many subjects there are, each saying exactly what is read from the tables now."""
    async with registry.writing() as tx:
        said = await (await tx.connection()).execute(SAID)
        published = {s: SubjectState(subject=s, facts=f, record=r) for s, f, r in said}
        states = await publishing.people_say(tx, await ids(tx, "person"))
        states += await publishing.points_say(tx, await ids(tx, "service_point"))
    assert published == {s.subject: s for s in states}
    return len(states)


async def test_what_is_published_is_what_the_rows_say_after_many_changes_at_once(registry, city):
    rng = random.Random(1)
    await points(city, *(a_point_line(n) for n in range(3)))
    await upload(city, *(a_worker(n, 登记日期="", 登记有效期止="") for n in range(6)))
    found, stations = await people(city), await listed(city, "/service-points")
    [employer] = await listed(city, "/organizations")

    async def assign() -> int:
        order = {"person_id": rng.choice(found)["id"], "service_point_id": rng.choice(stations)["id"]}
        return (await city.post("/assignments", json={**order, "started_on": "2024-03-01"})).status_code

    async def register() -> int:
        lines = [a_worker(n, 登记日期="2024-01-01", 登记有效期止=f"202{rng.choice('456')}-06-30") for n in range(6)]
        return (await upload(city, *rng.sample(lines, 3))).answer.status_code

    async def close() -> int:
        path = f"/service-points/{rng.choice(stations)['id']}/close"
        return (await city.post(path, json={"closed_on": "2025-03-01"})).status_code

    async def move() -> int:
        path = f"/organizations/{employer['id']}"
        tag = (await city.get(path)).headers["etag"]
        body = {"division": rng.choice(["370112001000", "370112002000"])}
        return (await city.patch(path, json=body, headers={"if-match": tag})).status_code

    kinds = [assign] * 8 + [register] * 3 + [close, move, move]
    rng.shuffle(kinds)
    statuses = await asyncio.gather(*(kind() for kind in kinds))

    assert set(statuses) <= {200, 201, 202, 409, 412}
    assert await compare(registry) == 9


async def overtaken(registry, first, second) -> None:
    """`second` begins while `first` has not committed, and ends after it."""
    async with registry.writing.begin() as tx:
        await first(tx)
        async with registry.writing() as other:
            later = asyncio.create_task(second(other))
            await asyncio.sleep(0.2)
            await tx.commit()
            await later
            await other.commit()


BARE = {"登记日期": "", "登记有效期止": ""}


async def two_people_at_a_point(city, second: dict) -> tuple[list[UUID], UUID]:
    """The first of them works there, and is not registered."""
    await points(city, a_point_line(0))
    there = {"服务站点编号": "YS-00000", "到岗日期": "2024-06-01"}
    await upload(city, a_worker(0, **BARE, **there), a_worker(1, **second))
    [station] = await listed(city, "/service-points")
    return [UUID(p["id"]) for p in await people(city)], UUID(station["id"])


def registering(person: UUID):
    async def register(tx) -> None:
        await run(tx, REGISTER, {"person": person})
        await publishing.publish_people(tx, [person])

    return register


def assigning(person: UUID, point: UUID):
    order = CreateAssignment(person_id=person, service_point_id=point, started_on=date(2024, 6, 1))

    async def assign(tx) -> None:
        await commands.start_assignment(tx, an_actor("registry:read", "registry:write"), order)

    return assign


async def test_an_assignment_waits_for_a_registration_of_the_same_person(registry, city):
    [_, second], point = await two_people_at_a_point(city, BARE)

    await overtaken(registry, registering(second), assigning(second, point))

    assert await compare(registry) == 3


async def test_a_registration_waits_for_an_assignment_at_the_same_point(registry, city):
    later = {"登记日期": "2025-05-01", "登记有效期止": "2028-04-30"}
    [first, second], point = await two_people_at_a_point(city, later)

    await overtaken(registry, assigning(second, point), registering(first))

    assert await compare(registry) == 3


async def test_every_version_of_a_record_is_kept(registry, city):
    point = await a_point(city)
    path = f"/service-points/{point['id']}"
    await city.patch(path, json={"name": "新名"}, headers={"if-match": '"1"'})

    async with registry.hot() as db:
        versions = await db.fetch(
            "select row->>'name' as name, recorded_from, recorded_to from service_point_history where id = $1 "
            "order by recorded_from",
            point["id"],
        )
    assert [v["name"] for v in versions] == [point["name"], "新名"]
    assert versions[0]["recorded_to"] == versions[1]["recorded_from"]
    assert versions[1]["recorded_to"] is None


async def test_personal_data_lies_in_the_database_as_ciphertext_alone(registry, city):
    """PI-14; the control proves that the search would find it."""
    line = a_worker(0, 手机="13712345678")
    await upload(city, line)
    await a_point(city, phone="13787654321")

    async with registry.hot() as db:
        tables = [r[0] for r in await db.fetch("select tablename from pg_tables where schemaname = 'public'")]
        everything = "\n".join([str(r[0]) for t in tables for r in await db.fetch(f'select x::text from "{t}" x')])
    assert "演示0" in everything
    for secret in (line["证件号码"], "13712345678", "13787654321"):
        assert secret not in everything
