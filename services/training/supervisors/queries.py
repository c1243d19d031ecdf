"""Every question put to the tables of supervisors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from uuid import UUID

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import CodeRange
from services.contracts.registry import PersonRecord
from services.contracts.training_practice import (
    StepOut,
    SupervisorLevel,
    SupervisorOut,
    SupervisorState,
    SupervisorType,
)
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.training.supervisors import rules
from services.training.supervisors.models import Supervisor, SupervisorStep

# `$1` is the day asked for, in every statement on supervisors.
STATE = """coalesce((select case when t.state in ('appointed', 'suspended') and s.term_end <= $1 then 'expired'
  else t.state end from supervisor_step t where t.supervisor_id = s.id and t.on_day <= $1
  order by t.seq desc limit 1), 'nominated')"""
IN_TERM = f"({STATE} = 'appointed' and s.term_start <= $1 and $1 < s.term_end)"
# As in the facts: nobody counts twice, of two appointments the one recorded first counts, and who never was does not.
COUNTED = f"""({IN_TERM} and not exists (
  select from known_subject k where k.subject = s.holder and k.gone)
  and s.id not in (select counted_by_another($1)))"""
SELECT = f"""
select s.id, s.type, s.person_id, s.expert_name, s.affiliation, s.level, s.fields, s.appointing_id,
  coalesce(s.appointing_name, o.record->>'name') as appointing_name, s.document_number, s.term_start, s.term_end,
  s.max_load, s.division, d.record->>'name' as division_name, s.version, s.state as latest, {STATE} as state,
  {COUNTED} as counted,
  (select t.actor from supervisor_step t where t.supervisor_id = s.id order by t.seq limit 1) as entered_by,
  p.record::text as person{{keys}}
from supervisor s left join known_subject d on d.subject = 'division:' || s.division
  left join known_subject o on o.subject = 'organization:' || s.appointing_id
  left join known_subject p on p.subject = 'person:' || s.person_id
{{rows}}"""
IN_ORDER: listing.Key = [("s.division", str), ("s.id", UUID)]
BY_END: listing.Key = [("s.term_end", date.fromisoformat), ("s.id", UUID)]


class Sort(StrEnum):
    """`ending`: whose term ends first."""

    DIVISION = "division"
    DIVISION_BACK = "-division"
    ENDING = "ending"
    ENDING_BACK = "-ending"


ORDERS: dict[Sort, listing.Order] = {
    Sort.DIVISION: (IN_ORDER, False),
    Sort.DIVISION_BACK: (IN_ORDER, True),
    Sort.ENDING: (BY_END, False),
    Sort.ENDING_BACK: (BY_END, True),
}
STEPS = """
select state, on_day as on, reason, recorded_at from supervisor_step where supervisor_id = $1 order by seq"""


@dataclass(frozen=True)
class Sought:
    """What a list of supervisors is narrowed to; `state` and `counted` on the day asked for."""

    q: str | None = None
    type: SupervisorType | None = None
    level: SupervisorLevel | None = None
    state: SupervisorState | None = None
    counted: bool | None = None
    person_id: UUID | None = None
    sort: Sort = Sort.DIVISION


def made(row: asyncpg.Record, *, actor: Actor, on: date, steps: Sequence[StepOut] = ()) -> SupervisorOut:
    person = PersonRecord.model_validate_json(row["person"]) if row["person"] and row["person"] != "{}" else None
    if person is not None and not actor.reaches("training:read", person.division):
        person = None  # what the registry says of others is not for the asker
    latest = rules.shown(SupervisorState(row["latest"]), row["term_end"], on)
    may = rules.may(latest, own=actor.id == row["entered_by"])
    return SupervisorOut.model_validate(
        {
            **row,
            "findings": rules.findings(SupervisorType(row["type"]), person, row["max_load"], on),
            "steps": list(steps),
            "may": may if actor.reaches("training:write", row["division"]) else [],
        }
    )


async def supervisors(
    db: asyncpg.Connection,
    actor: Actor,
    sought: Sought,
    *,
    within: Sequence[Sequence[CodeRange]],
    on: date,
    limit: int,
    cursor: str | None,
) -> Page[SupervisorOut]:
    conditions = Conditions()
    conditions.value(on)
    for ranges in within:
        conditions.within("s.division", ranges)
    if sought.q is not None:
        like = f"%{listing.literally(sought.q)}%"
        conditions.add(
            "(s.expert_name like {} or s.affiliation like {} or s.document_number = {})", like, like, sought.q
        )
    for column, value in (("type", sought.type), ("level", sought.level), ("person_id", sought.person_id)):
        if value is not None:
            conditions.add(f"s.{column} = {{}}", value)
    if sought.state is not None:
        conditions.add(f"{STATE} = {{}}", sought.state.value)
    if sought.counted is not None:
        conditions.add(f"{COUNTED} = {{}}", sought.counted)
    key, descending = ORDERS[sought.sort]
    return await listing.page(
        db, SELECT, conditions, key=key, descending=descending, cursor=cursor, limit=limit,
        made=partial(made, actor=actor, on=on),
    )  # fmt: skip


async def supervisor(
    db: asyncpg.Connection, actor: Actor, id: UUID, *, on: date, permission: str = "training:read"
) -> SupervisorOut:
    conditions = Conditions()
    conditions.value(on)
    conditions.add("s.id = {}", id)
    conditions.within("s.division", actor.ranges(permission))
    steps = [StepOut.model_validate(dict(row)) for row in await db.fetch(STEPS, id)]
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor, on=on, steps=steps))


# ── to be changed ────────────────────────────────────────────────────────────────────────────────────────────────────
async def supervisor_for_update(tx: AsyncSession, actor: Actor, id: UUID) -> Supervisor:
    found = await tx.get(Supervisor, id, with_for_update=True)
    if found is None:
        raise NotFound(listing.NOT_HERE)
    actor.require_at("training:write", found.division)
    return found


async def holder_of(tx: AsyncSession, actor: Actor, id: UUID) -> str:
    """Whose appointment this is, read before anything is locked."""
    row = (await tx.exec(select(Supervisor.holder, Supervisor.division).where(Supervisor.id == id))).first()
    if row is None:
        raise NotFound(listing.NOT_HERE)
    actor.require_at("training:write", row[1])
    return row[0]


async def entered_by(tx: AsyncSession, id: UUID) -> str | None:
    """Who nominated."""
    theirs = select(SupervisorStep.actor).where(SupervisorStep.supervisor_id == id)
    return (await tx.exec(theirs.order_by(col(SupervisorStep.seq)).limit(1))).one()


async def last_step(tx: AsyncSession, id: UUID) -> SupervisorStep:
    theirs = select(SupervisorStep).where(SupervisorStep.supervisor_id == id)
    return (await tx.exec(theirs.order_by(col(SupervisorStep.seq).desc()).limit(1))).one()
