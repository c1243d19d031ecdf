"""What is moved from one person to another, and back: one table after the other, in the order in which all lock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import Period
from services.kernel.db import run
from services.registry.same_people import rules
from services.registry.same_people.rules import Settled, Stay

Moved = dict[str, list[Any]]  # ids by table; `widened`: assignments with their period before and after
# Applications come before people, people before points, points before certificates: in this order everybody locks.
LOCK_APPLICATIONS = text("""
select id from registration_application where person_id = any(cast(:people as uuid[])) order by id for update""")
LOCK_PEOPLE = text("""
select id, division, merged_into, id_number = '' as erased from person
where id = any(cast(:people as uuid[])) order by id for update""")
LOCK_POINTS = text("""
select id from service_point where id in (
  select service_point_id from assignment where person_id = any(cast(:people as uuid[]))) order by id for update""")
# Whoever enters something for a certificate holds its key: it is waited for, and then moves along.
LOCK_CERTIFICATES = text("""
select id from certificate where person_id = any(cast(:people as uuid[])) order by id for update""")
UNFINISHED = text("""
select exists (select from rights_request q where q.person_id = any(cast(:people as uuid[]))
    and q.state in ('open', 'in_progress')) as rights,
  exists (select from restriction r where r.person_id = any(cast(:people as uuid[]))) as restricted,
  exists (select from correction c where c.person_id = any(cast(:people as uuid[])) and c.state = 'requested')
    as corrections""")
# All at once, for a registration and an application belong to a certificate and to its holder together.
CERTIFIED = """
with c as (update certificate set person_id = :to, version = version + 1 where {certificates} returning id),
r as (update registration set person_id = :to where {others} returning id),
a as (update registration_application set person_id = :to, version = version + 1 where {others} returning id)
select 'certificate' as kind, id from c union all select 'registration', id from r
union all select 'registration_application', id from a order by 1, 2"""
GIVE_CERTIFIED = text(CERTIFIED.format(certificates="person_id = :from", others="person_id = :from"))
TAKE_CERTIFIED = text(
    CERTIFIED.format(
        certificates="id = any(cast(:certificates as uuid[]))",
        others="certificate_id = any(cast(:certificates as uuid[]))",
    )
)
STAYS = text("""
select id, person_id, service_point_id, started_on, ended_on from assignment
where person_id = any(cast(:people as uuid[])) order by id""")
MOVE = "update {table} set person_id = :to where id = any(cast(:ids as uuid[])) and person_id = :from returning id"
WIDEN = text("""
update assignment a set started_on = u.started_on, ended_on = u.ended_on
from unnest(cast(:ids as uuid[]), cast(:starts as date[]), cast(:ends as date[])) u(id, started_on, ended_on)
where a.id = u.id""")
# Of the same year the kept one's own pass stays.
PASSES = text("""
select s.id from senior_exam_pass s where s.person_id = :from and not exists (
  select from senior_exam_pass k where k.person_id = :to and k.exam_year = s.exam_year)""")
HOLDS = text("select id from legal_hold where person_id = :from and lifted_at is null")
BECOME = text("""
update person set merged_into = :to, version = version + 1
where id = :from or merged_into = :from returning id""")
UNBECOME = text("""
update person set merged_into = case when id = :from then null else cast(:from as uuid) end, version = version + 1
where id = :from or (merged_into = :to and id = any(cast(:ids as uuid[])))""")
NAME = text("""
insert into person_former_name (person_id, name, canonical, source, merge_id, recorded_by)
select :to, x.name, x.canonical, 'merged', :merge, :by from (
  select p.name, p.canonical from person p where p.id = :from
  union all select f.name, f.canonical from person_former_name f where f.person_id = :from) x
where x.canonical <> (select k.canonical from person k where k.id = :to)
on conflict (person_id, canonical) do nothing""")
UNNAME = text("delete from person_former_name where merge_id = :merge")
STILL = text("""
select (select count(*) from certificate where id = any(cast(:certificates as uuid[])) and person_id = :to) as held,
  (select count(*) from assignment where id = any(cast(:assignments as uuid[])) and person_id = :to) as worked""")
BY_ID = ("assignment", "senior_exam_pass", "legal_hold")


async def lock(tx: AsyncSession, people: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """All that is about these people; answers who they are."""
    asked = {"people": list(people)}
    await run(tx, LOCK_APPLICATIONS, asked)
    found = {row.id: row for row in (await run(tx, LOCK_PEOPLE, asked)).all()}
    await run(tx, LOCK_POINTS, asked)
    await run(tx, LOCK_CERTIFICATES, asked)
    return found


async def check_finished(tx: AsyncSession, people: Iterable[UUID]) -> None:
    """What is about one of them only must not become the other's unseen."""
    found = (await run(tx, UNFINISHED, {"people": list(people)})).one()
    for is_open, what in (
        (found.rights, "个人权利请求"),
        (found.restricted, "个人信息限制处理"),
        (found.corrections, "待批准的更正"),
    ):
        if is_open:
            raise rules.Unfinished(f"两人中有人还有未办结的{what}，请先办结再合并。", code="unfinished")


async def give(tx: AsyncSession, source: UUID, to: UUID) -> Moved:
    """Everything of the one that is counted, shown or kept for them becomes the other's. Whoever became the one before
    becomes the other, too.
    """
    both = {"from": source, "to": to}
    moved: Moved = {kind: [] for kind in ("certificate", "registration", "registration_application")}
    for row in (await run(tx, GIVE_CERTIFIED, both)).all():
        moved[row.kind].append(str(row.id))
    stays = await assignments(tx, source, to)
    moved["widened"] = await widen(tx, stays[to], rules.settled(stays[to], stays[source]))
    chosen = {
        "assignment": rules.settled(stays[to], stays[source]).moves,
        "senior_exam_pass": (await run(tx, PASSES, both)).scalars().all(),
        "legal_hold": (await run(tx, HOLDS, {"from": source})).scalars().all(),
    }
    for table in BY_ID:
        moved[table] = await move(tx, table, chosen[table], source, to)
    moved["person"] = [str(row.id) for row in (await run(tx, BECOME, both)).all() if row.id != source]
    return moved


async def assignments(tx: AsyncSession, *people: UUID) -> dict[UUID, list[Stay]]:
    found: dict[UUID, list[Stay]] = {id: [] for id in people}
    for row in (await run(tx, STAYS, {"people": list(people)})).all():
        found[row.person_id].append(Stay(row.id, row.service_point_id, Period(row.started_on, row.ended_on)))
    return found


async def move(tx: AsyncSession, table: str, ids: Sequence[UUID], source: UUID, to: UUID) -> list[str]:
    asked = {"ids": list(ids), "from": source, "to": to}
    return [str(row.id) for row in (await run(tx, text(MOVE.format(table=table)), asked)).all()] if ids else []


async def widen(tx: AsyncSession, kept: Sequence[Stay], settled: Settled) -> list[list[str | None]]:
    before = {s.id: s.period for s in kept}
    await set_periods(tx, settled.widened)
    return [[str(id), *written(before[id]), *written(period)] for id, period in settled.widened.items()]


async def set_periods(tx: AsyncSession, periods: Mapping[UUID, Period]) -> None:
    if periods:
        starts, ends = [p.start for p in periods.values()], [p.end for p in periods.values()]
        await run(tx, WIDEN, {"ids": list(periods), "starts": starts, "ends": ends})


def written(period: Period) -> list[str | None]:
    return [str(period.start), str(period.end) if period.end else None]


def read(start: str, end: str | None) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end) if end else None)


async def take_back(tx: AsyncSession, moved: Moved, source: UUID, to: UUID) -> Moved:
    """Just what was moved, with all that has been entered for its certificates since; refused if it is not as it was
    left.
    """
    await check_as_left(tx, moved, to)
    back: Moved = {kind: [] for kind in ("certificate", "registration", "registration_application")}
    asked = {"certificates": moved["certificate"], "to": source}
    for row in (await run(tx, TAKE_CERTIFIED, asked)).all():
        back[row.kind].append(str(row.id))
    for table in BY_ID:
        back[table] = await move(tx, table, [UUID(id) for id in moved[table]], to, source)
    await set_periods(tx, {UUID(id): read(start, end) for id, start, end, *_ in moved["widened"]})
    await run(tx, UNBECOME, {"from": source, "to": to, "ids": moved["person"]})
    return back


async def check_as_left(tx: AsyncSession, moved: Moved, to: UUID) -> None:
    asked = {"certificates": moved["certificate"], "assignments": moved["assignment"], "to": to}
    still = (await run(tx, STILL, asked)).one()
    now = {s.id: s.period for s in (await assignments(tx, to))[to]}
    as_left = all(now.get(UUID(id)) == read(start, end) for id, _, _, start, end in moved["widened"])
    if (still.held, still.worked) != (len(moved["certificate"]), len(moved["assignment"])) or not as_left:
        raise rules.ChangedSince(
            "合并之后有证书或到岗记录又被改动，不能原样撤销。请由人工核对后逐项更正。", code="changed_since"
        )


async def name(tx: AsyncSession, merge: UUID, source: UUID, to: UUID, by: str) -> None:
    """The other one is found by these names, too."""
    await run(tx, NAME, {"merge": merge, "from": source, "to": to, "by": by})


async def unname(tx: AsyncSession, merge: UUID) -> None:
    await run(tx, UNNAME, {"merge": merge})
