"""Every question put to the tables of possible duplicates, merges and former names."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import partial
from uuid import UUID

import asyncpg
import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import CodeRange
from services.contracts.same_people import FormerName, MergeOut, PairOut, PairPerson, PairState, Side, SideBySide
from services.kernel import listing, narrowing
from services.kernel.actor import Actor
from services.kernel.errors import NotFound
from services.kernel.listing import NOT_HERE, Conditions
from services.kernel.paging import Page
from services.registry.people import queries as people
from services.registry.points import queries as points
from services.registry.same_people.models import PersonMerge, PossibleDuplicate

Within = Sequence[Sequence[CodeRange]]
READ, REVIEW = "registry:read", "registry:review"
LISTED = 50  # of each kind of record, on one side
WHO = """
{0}.id as {0}_id, {0}.name as {0}_name, {0}.id_masked as {0}_number, organization_name({0}.employer_id) as {0}_employer,
{0}.division as {0}_division, (select d.name from division d where d.code = {0}.division) as {0}_place"""
# Of the two, whoever lies outside the asker's area is not joined.
PAIRS = f"""
select x.id, x.why, x.found_at, x.state, x.reason, x.decided_by, x.decided_at, x.version,
  (select m.id from person_merge m where m.pair_id = x.id and m.undone_at is null) as merge_id,
  {WHO.format("l")}, {WHO.format("h")}{{keys}}
from possible_duplicate x left join person l on l.id = x.low_id left join person h on h.id = x.high_id {{rows}}"""
MERGES = f"""
select m.id, m.number, m.pair_id, m.merged_id, m.merged_at, m.merged_by, m.reason, m.undo_until, m.moved::text,
  m.undone_at, m.undone_by, m.undo_reason, {WHO.format("k")}{{keys}}
from person_merge m join person k on k.id = m.kept_id {{rows}}"""
FORMER = """
select f.id, f.person_id, f.name, f.start_on, f.end_on, f.source, f.note, f.recorded_at, f.recorded_by
from person_former_name f where f.person_id = any($1) order by f.start_on nulls first, f.id limit 200"""
OPEN_OF = """
select id from possible_duplicate where state = 'open' and $1 in (low_id, high_id) order by id limit 50"""
NEWEST: dict[str, listing.Key] = {"x": [("x.id", UUID)], "m": [("m.id", UUID)]}
COMPARED = (
    "name", "id_type", "id_number", "phone", "level", "employer_name", "division", "education", "major",
    "direct_service",
)  # fmt: skip


def somebody(row: asyncpg.Record, of: str) -> PairPerson | None:
    if row[f"{of}_id"] is None:
        return None
    return PairPerson(
        id=row[f"{of}_id"], name=row[f"{of}_name"], id_number=row[f"{of}_number"], employer_name=row[f"{of}_employer"],
        division=row[f"{of}_division"], division_name=row[f"{of}_place"],
    )  # fmt: skip


def pair_made(row: asyncpg.Record, *, actor: Actor, permission: str = READ) -> PairOut:
    both = [somebody(row, of) for of in ("l", "h")]
    seen = [p for p in both if p is not None and actor.reaches(permission, p.division)]
    decides = len(seen) == 2 and all(actor.reaches(REVIEW, p.division) for p in seen)
    may = ["merge", "dismiss"] if row["state"] == PairState.OPEN and decides else []
    return PairOut.model_validate(
        {**row, "division": seen[0].division, "people": seen, "elsewhere": len(seen) < 2, "may": may}
    )


def near(conditions: Conditions, ranges: Sequence[CodeRange]) -> None:
    """One of the two is enough."""
    if not narrowing.on:
        return
    any_of = [
        f"{of}.division between {conditions.value(r.low)} and {conditions.value(r.high)}" for r in ranges for of in "lh"
    ]
    conditions.parts.append(f"({' or '.join(any_of) or 'false'})")


async def pairs(
    db: asyncpg.Connection, actor: Actor, *, within: Within, state: PairState | None, person_id: UUID | None,
    limit: int, cursor: str | None,
) -> Page[PairOut]:  # fmt: skip
    """The newest first. Of those who have become another one nothing is left to decide."""
    conditions = Conditions()
    for ranges in within:
        near(conditions, ranges)
    if state is not None:
        conditions.add("x.state = {}", state.value)
    if state is PairState.OPEN:
        conditions.parts.append("coalesce(l.merged_into, h.merged_into) is null")
    if person_id is not None:
        conditions.add("{} in (x.low_id, x.high_id)", person_id)
    return await listing.page(
        db, PAIRS, conditions, key=NEWEST["x"], cursor=cursor, limit=limit, made=partial(pair_made, actor=actor),
        descending=True,
    )  # fmt: skip


async def pair(db: asyncpg.Connection, actor: Actor, id: UUID, permission: str = READ) -> PairOut:
    conditions = Conditions()
    conditions.add("x.id = {}", id)
    near(conditions, actor.ranges(permission))
    return await listing.one(db, PAIRS, conditions, made=partial(pair_made, actor=actor, permission=permission))


async def side_by_side(db: asyncpg.Connection, actor: Actor, id: UUID, today: date) -> SideBySide:
    """With all that would move, of those within the asker's area."""
    found = await pair(db, actor, id)
    sides = [await side(db, actor, p.id, today) for p in found.people]
    said = [s.person.model_dump() for s in sides]
    differing = [name for name in COMPARED if len(said) == 2 and said[0][name] != said[1][name]]
    return SideBySide(**found.model_dump(), sides=sides, differing=differing)


async def side(db: asyncpg.Connection, actor: Actor, id: UUID, today: date) -> Side:
    within = [actor.ranges(READ)]
    sought = people.Sought(ids=[id])
    found = await people.people(db, actor, sought, within=within, on=today, limit=1, cursor=None)
    certificates = await people.certificates(
        db, actor, within=within, person_id=id, level=None, on=None, limit=LISTED, cursor=None
    )
    registrations = await people.registrations(
        db, within=within, person_id=id, on=None, renewable_on=None, sort=people.RegistrationSort.DIVISION,
        limit=LISTED, cursor=None,
    )  # fmt: skip
    assignments = await points.assignments(
        db, actor, within=within, person_id=id, service_point_id=None, on=None, limit=LISTED, cursor=None
    )
    return Side(
        person=found.items[0], former_names=await former_names(db, id), certificates=certificates.items,
        registrations=registrations.items, assignments=assignments.items,
    )  # fmt: skip


async def former_names(db: asyncpg.Connection, person: UUID) -> list[FormerName]:
    return [FormerName.model_validate(dict(row)) for row in await db.fetch(FORMER, [person])]


async def open_about(db: asyncpg.Connection, person: UUID) -> list[UUID]:
    return [row["id"] for row in await db.fetch(OPEN_OF, person)]


def merge_made(row: asyncpg.Record, *, actor: Actor, today: date) -> MergeOut:
    kept = somebody(row, "k")
    moved = {kind: len(ids) for kind, ids in orjson.loads(row["moved"]).items() if ids}
    undoable = row["undone_at"] is None and today <= row["undo_until"] and actor.reaches(REVIEW, row["k_division"])
    return MergeOut.model_validate(
        {**row, "kept": kept, "division": row["k_division"], "moved": moved, "may": ["undo"] if undoable else []}
    )


async def merges(
    db: asyncpg.Connection, actor: Actor, *, within: Within, person_id: UUID | None, today: date, limit: int,
    cursor: str | None,
) -> Page[MergeOut]:  # fmt: skip
    conditions = Conditions()
    for ranges in within:
        conditions.within("k.division", ranges)
    if person_id is not None:
        conditions.add("m.kept_id = {}", person_id)
    return await listing.page(
        db, MERGES, conditions, key=NEWEST["m"], cursor=cursor, limit=limit, descending=True,
        made=partial(merge_made, actor=actor, today=today),
    )  # fmt: skip


async def merge(db: asyncpg.Connection, actor: Actor, id: UUID, today: date, permission: str = READ) -> MergeOut:
    conditions = Conditions()
    conditions.add("m.id = {}", id)
    conditions.within("k.division", actor.ranges(permission))
    return await listing.one(db, MERGES, conditions, made=partial(merge_made, actor=actor, today=today))


# ── to be changed ────────────────────────────────────────────────────────────────────────────────────────────────────
async def pair_for_update(tx: AsyncSession, id: UUID) -> PossibleDuplicate:
    """Whether the asker reaches the two is still to be seen."""
    wanted = select(PossibleDuplicate).where(col(PossibleDuplicate.id) == id).with_for_update()
    found = (await tx.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound(NOT_HERE)
    return found


async def merge_for_update(tx: AsyncSession, id: UUID) -> PersonMerge:
    found = (await tx.exec(select(PersonMerge).where(col(PersonMerge.id) == id).with_for_update())).one_or_none()
    if found is None:
        raise NotFound(NOT_HERE)
    return found


def ids_of(moved: dict[str, list[str]], kind: str) -> Collection[UUID]:
    return [UUID(id) for id in moved.get(kind, [])]
