"""Every question put to the tables of data subjects' requests."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Row, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure import RightsKind, RightsRequestOut, RightsState
from services.contracts.divisions import CodeRange
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.errors import NotFound
from services.kernel.listing import NOT_HERE, Conditions
from services.kernel.paging import Page
from services.registry.rights import rules
from services.registry.rights.models import RightsRequest

OPEN = "('open', 'in_progress')"
# Who decided last on somebody's data: on another request of theirs, or on a hold about them.
DECIDED = """
select d.by from (
  select x.decided_by as by, x.decided_at as at from rights_request x
  where x.person_id = {person} and x.decided_at is not null
  union all select h.placed_by, h.placed_at from legal_hold h where h.person_id = {person}
  union all select h.lifted_by, h.lifted_at from legal_hold h where h.person_id = {person} and h.lifted_at is not null
) d order by d.at desc limit 1"""
LAST_DECIDED = text(DECIDED.format(person=":person"))
SELECT = f"""
select q.id, q.number, q.person_id, p.name as person_name, q.division, q.kind, q.state, q.received_on, q.due_on,
  q.state in {OPEN} and q.due_on < $1 as overdue, q.details, q.answer, q.refusal, q.outcome, q.restricted_until,
  q.notice_id, q.received_by, q.decided_by, q.decided_at, q.version,
  case when q.state in {OPEN} then ({DECIDED.format(person="q.person_id")}) end as last_decided_by{{keys}}
from rights_request q left join person p on p.id = q.person_id {{rows}}"""
NEWEST: listing.Key = [("q.id", UUID)]
BY_DUE: listing.Key = [("q.due_on", date.fromisoformat), ("q.id", UUID)]
# Somebody who worked where the government paid stands in the file of that purchase (PRO-29).
STANDING = text("""
select p.division,
  exists (select from destroyed_key d where d.person_id = p.id) as erased,
  exists (select from registration r where r.person_id = p.id and r.start_on <= :today and :today < r.end_on)
    as registered,
  (select max(coalesce(a.ended_on, s.closed_on, cast(:today as date)))
   from assignment a join service_point s on s.id = a.service_point_id
   where a.person_id = p.id and s.staffing_basis = 'government_purchase') as paid_until
from person p where p.id = :id""")
LOCK_PERSON = text("select from person where id = :id for update")


def made(row: asyncpg.Record, *, actor: Actor) -> RightsRequestOut:
    kind = RightsKind(row["kind"])
    term = rules.term_of(kind, row["received_on"]).rule
    may = rules.actions(
        kind, RightsState(row["state"]), received_by=row["received_by"], last_decided_by=row["last_decided_by"],
        actor=actor.id,
    )  # fmt: skip
    decides = actor.reaches("rights:write", row["division"])
    return RightsRequestOut.model_validate({**row, "term": term, "may": may if decides else []})


def as_of(today: date) -> Conditions:
    conditions = Conditions()
    conditions.value(today)
    return conditions


async def requests(
    db: asyncpg.Connection,
    actor: Actor,
    *,
    within: list[Any],
    state: RightsState | None,
    person_id: UUID | None,
    unfinished: bool,
    overdue: bool,
    today: date,
    limit: int,
    cursor: str | None,
) -> Page[RightsRequestOut]:
    """Newest first; those that wait, by their deadline."""
    conditions = as_of(today)
    for ranges in within:
        conditions.within("q.division", ranges)
    if state is not None:
        conditions.add("q.state = {}", state.value)
    if person_id is not None:
        conditions.add("q.person_id = {}", person_id)
    if overdue:
        conditions.add(f"q.state in {OPEN} and q.due_on < {{}}", today)
    if unfinished:
        conditions.parts.append(f"q.state in {OPEN}")
    key, descending = (BY_DUE, False) if overdue or unfinished else (NEWEST, True)
    return await listing.page(
        db, SELECT, conditions, key=key, cursor=cursor, limit=limit, made=partial(made, actor=actor),
        descending=descending,
    )  # fmt: skip


async def request(
    db: asyncpg.Connection, actor: Actor, id: UUID, today: date, permission: str = "rights:read"
) -> RightsRequestOut:
    conditions = as_of(today)
    conditions.add("q.id = {}", id)
    ranges: tuple[CodeRange, ...] = actor.ranges(permission)
    conditions.within("q.division", ranges)
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


async def for_update(tx: AsyncSession, actor: Actor, id: UUID) -> RightsRequest:
    found = (await tx.exec(select(RightsRequest).where(col(RightsRequest.id) == id).with_for_update())).one_or_none()
    if found is None or not actor.reaches("rights:write", found.division):
        raise NotFound(NOT_HERE)
    return found


async def standing(tx: AsyncSession, id: UUID, today: date) -> Row[Any] | None:
    """Where somebody counts, whether they are registered, and until when they worked on public money."""
    return (await run(tx, STANDING, {"id": id, "today": today})).one_or_none()


async def last_decided_by(tx: AsyncSession, person: UUID) -> str | None:
    """Whoever decides on the same person at once waits here."""
    await run(tx, LOCK_PERSON, {"id": person})
    found: str | None = (await run(tx, LAST_DECIDED, {"person": person})).scalar_one_or_none()
    return found
