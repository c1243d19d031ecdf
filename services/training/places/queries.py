"""Every question put to the tables of training bases and internship sites."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import CodeRange
from services.contracts.training_practice import Checklist, PlaceKind, PlaceOut, PlaceState, StepOut
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.training.places import rules
from services.training.places.models import PlaceStep, PracticePlace

STATE = """coalesce((select t.state from practice_place_step t where t.place_id = s.id and t.on_day <= $1
  order by t.seq desc limit 1), 'applied')"""
COUNTED = f"({STATE} = 'approved' and coalesce(s.agreement_start <= $1 and $1 < s.agreement_end, false))"
SELECT = f"""
select s.id, s.kind, s.name, s.division, d.record->>'name' as division_name, s.address, s.partner_kind, s.partner_id,
  coalesce(s.partner_name, o.record->>'name') as partner_name, s.agreement_number, s.agreement_start, s.agreement_end,
  s.capacity, s.mentors, s.checklist::text as checklist, s.version, s.state as latest,
  {STATE} as state, {COUNTED} as counted,
  (select t.actor from practice_place_step t where t.place_id = s.id order by t.seq limit 1) as entered_by{{keys}}
from practice_place s left join known_subject d on d.subject = 'division:' || s.division
  left join known_subject o on o.subject = 'organization:' || s.partner_id
{{rows}}"""
IN_ORDER: listing.Key = [("s.division", str), ("s.id", UUID)]
STEPS = """
select state, on_day as on, reason, recorded_at from practice_place_step where place_id = $1 order by seq"""


@dataclass(frozen=True)
class Sought:
    """What a list is narrowed to; `state` and `counted` on the day asked for."""

    q: str | None = None
    state: PlaceState | None = None
    counted: bool | None = None


def made(row: asyncpg.Record, *, actor: Actor, on: date, steps: Sequence[StepOut] = ()) -> PlaceOut:
    may = rules.may(PlaceState(row["latest"]), own=actor.id == row["entered_by"])
    checklist, kind = Checklist.model_validate_json(row["checklist"]), PlaceKind(row["kind"])
    return PlaceOut.model_validate(
        {
            **row,
            "checklist": checklist,
            "findings": rules.findings(kind, dict(checklist), row["agreement_end"], on),
            "steps": list(steps),
            "may": may if actor.reaches("training:write", row["division"]) else [],
        }
    )


def begin(kind: PlaceKind, on: date) -> Conditions:
    conditions = Conditions()
    conditions.value(on)
    conditions.add("s.kind = {}", kind.value)
    return conditions


async def places(
    db: asyncpg.Connection,
    actor: Actor,
    kind: PlaceKind,
    sought: Sought,
    *,
    within: Sequence[Sequence[CodeRange]],
    on: date,
    limit: int,
    cursor: str | None,
) -> Page[PlaceOut]:
    conditions = begin(kind, on)
    for ranges in within:
        conditions.within("s.division", ranges)
    if sought.q is not None:
        like = f"%{listing.literally(sought.q)}%"
        conditions.add("(s.name like {} or s.partner_name like {})", like, like)
    if sought.state is not None:
        conditions.add(f"{STATE} = {{}}", sought.state.value)
    if sought.counted is not None:
        conditions.add(f"{COUNTED} = {{}}", sought.counted)
    return await listing.page(
        db, SELECT, conditions, key=IN_ORDER, cursor=cursor, limit=limit, made=partial(made, actor=actor, on=on)
    )


async def place(
    db: asyncpg.Connection, actor: Actor, kind: PlaceKind, id: UUID, *, on: date, permission: str = "training:read"
) -> PlaceOut:
    conditions = begin(kind, on)
    conditions.add("s.id = {}", id)
    conditions.within("s.division", actor.ranges(permission))
    steps = [StepOut.model_validate(dict(row)) for row in await db.fetch(STEPS, id)]
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor, on=on, steps=steps))


# ── to be changed ────────────────────────────────────────────────────────────────────────────────────────────────────
async def place_for_update(tx: AsyncSession, actor: Actor, kind: PlaceKind, id: UUID) -> PracticePlace:
    found = await tx.get(PracticePlace, id, with_for_update=True)
    if found is None or found.kind is not kind:
        raise NotFound(listing.NOT_HERE)
    actor.require_at("training:write", found.division)
    return found


async def entered_by(tx: AsyncSession, id: UUID) -> str | None:
    """Who applied."""
    theirs = select(PlaceStep.actor).where(PlaceStep.place_id == id)
    return (await tx.exec(theirs.order_by(col(PlaceStep.seq)).limit(1))).one()


async def last_step(tx: AsyncSession, id: UUID) -> PlaceStep:
    theirs = select(PlaceStep).where(PlaceStep.place_id == id)
    return (await tx.exec(theirs.order_by(col(PlaceStep.seq).desc()).limit(1))).one()
