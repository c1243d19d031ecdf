"""Every question put to the tables of sessions."""

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
from services.contracts.training import SessionDay as SessionDayOut
from services.contracts.training import SessionKind, SessionOut, SessionState
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.training.hours import class_hours
from services.training.sessions.models import Session, SessionDay

SELECT = """
select s.id, s.title, s.kind, s.field, s.organizer_id,
  coalesce(s.organizer_name, o.record->>'name') as organizer_name, s.division, d.record->>'name' as division_name,
  s.capacity, s.state, s.cancelled_reason, s.first_day, s.last_day, s.version,
  array(select row(e.day, e.starts_at, e.ends_at, e.minutes) from session_day e
        where e.session_id = s.id order by e.day) as days,
  (select row(count(distinct a.person_id) filter (where a.state in ('claimed', 'organizer_confirmed', 'approved')),
     count(*) filter (where a.state = 'organizer_confirmed'))
   from attendance a where a.session_id = s.id) as there{keys}
from session s left join known_subject d on d.subject = 'division:' || s.division
  left join known_subject o on o.subject = 'organization:' || s.organizer_id
{rows}"""
BY_DAY: listing.Key = [("s.first_day", date.fromisoformat), ("s.id", UUID)]
BY_DIVISION: listing.Key = [("s.division", str), ("s.id", UUID)]


class Sort(StrEnum):
    DAY_BACK = "-day"
    DAY = "day"
    DIVISION = "division"
    DIVISION_BACK = "-division"


ORDERS: dict[Sort, listing.Order] = {
    Sort.DAY_BACK: (BY_DAY, True),
    Sort.DAY: (BY_DAY, False),
    Sort.DIVISION: (BY_DIVISION, False),
    Sort.DIVISION_BACK: (BY_DIVISION, True),
}


@dataclass(frozen=True)
class Sought:
    """What a list of sessions is narrowed to."""

    q: str | None = None
    kind: SessionKind | None = None
    state: SessionState | None = None
    on: date | None = None
    start: date | None = None
    end: date | None = None  # the last day asked for
    sort: Sort = Sort.DAY_BACK


def made(row: asyncpg.Record, *, actor: Actor) -> SessionOut:
    days = [
        SessionDayOut(day=d, starts_at=a, ends_at=b, minutes=m, class_hours=class_hours(m, d.year))
        for d, a, b, m in row["days"]
    ]
    may = list(ACTS[SessionState(row["state"])]) if actor.reaches("training:write", row["division"]) else []
    minutes = sum(d.minutes for d in days)
    whole, (attended, waiting) = class_hours(minutes, days[0].day.year), row["there"]
    counted = {"minutes": minutes, "class_hours": whole, "attended": attended, "waiting": waiting}
    return SessionOut.model_validate({**row, **counted, "days": days, "may": may})


ACTS: dict[SessionState, Sequence[str]] = {
    SessionState.PLANNED: ("update", "hold", "cancel"),
    SessionState.HELD: ("update", "cancel", "attend"),
    SessionState.CANCELLED: (),
}


async def sessions(
    db: asyncpg.Connection,
    actor: Actor,
    sought: Sought,
    *,
    within: Sequence[Sequence[CodeRange]],
    limit: int,
    cursor: str | None,
) -> Page[SessionOut]:
    conditions = Conditions()
    for ranges in within:
        conditions.within("s.division", ranges)
    if sought.q is not None:
        conditions.add("s.title like {}", f"%{listing.literally(sought.q)}%")
    if sought.kind is not None:
        conditions.add("s.kind = {}", sought.kind.value)
    if sought.state is not None:
        conditions.add("s.state = {}", sought.state.value)
    if sought.on is not None:
        held = "exists (select from session_day e where e.session_id = s.id and e.day = {})"
        conditions.add(held, sought.on)
    if sought.start is not None:
        conditions.add("s.last_day >= {}", sought.start)
    if sought.end is not None:
        conditions.add("s.first_day <= {}", sought.end)
    key, descending = ORDERS[sought.sort]
    return await listing.page(
        db, SELECT, conditions, key=key, descending=descending, cursor=cursor, limit=limit,
        made=partial(made, actor=actor),
    )  # fmt: skip


async def session(db: asyncpg.Connection, actor: Actor, id: UUID, *, permission: str = "training:read") -> SessionOut:
    conditions = Conditions()
    conditions.add("s.id = {}", id)
    conditions.within("s.division", actor.ranges(permission))
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


# ── to be changed ────────────────────────────────────────────────────────────────────────────────────────────────────
async def session_for_update(tx: AsyncSession, actor: Actor, id: UUID) -> Session:
    found = await tx.get(Session, id, with_for_update=True)
    if found is None:
        raise NotFound(listing.NOT_HERE)
    actor.require_at("training:write", found.division)
    return found


async def days_of(tx: AsyncSession, id: UUID) -> Sequence[SessionDay]:
    return (await tx.exec(select(SessionDay).where(SessionDay.session_id == id).order_by(col(SessionDay.day)))).all()
