"""Who has an application before them: read, taken, given back. Whoever decides asks here first."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.actor import Actor
from services.kernel.db import run
from services.registry.review.rules import Claim

FOUND = text("""
select application_id, held_by, held_name, until from review_claim
where application_id = any(cast(:ids as uuid[])) and until > :now""")
# Of two who take the same at once the second finds the first one's word, and changes nothing.
TAKE = text("""
insert into review_claim as c (application_id, held_by, held_name, until) values (:id, :by, :name, :until)
on conflict (application_id) do update
set held_by = excluded.held_by, held_name = excluded.held_name, until = excluded.until
where c.held_by = excluded.held_by or c.until <= :now
returning application_id""")
BEFORE = text("select held_by from review_claim where application_id = :id")
GIVE_BACK = text("delete from review_claim where application_id = any(cast(:ids as uuid[]))")


async def claims_of(tx: AsyncSession, ids: Collection[UUID], now: datetime) -> Mapping[UUID, Claim]:
    """Those that stand."""
    rows = (await run(tx, FOUND, {"ids": list(ids), "now": now})).all()
    return {r.application_id: Claim(r.held_by, r.held_name, r.until) for r in rows}


async def holder_before(tx: AsyncSession, id: UUID) -> str | None:
    """Also of one whose time is up."""
    held_by: str | None = (await run(tx, BEFORE, {"id": id})).scalar_one_or_none()
    return held_by


async def take(tx: AsyncSession, actor: Actor, id: UUID, until: datetime, now: datetime) -> bool:
    """Or not: somebody else has it."""
    asked = {"id": id, "by": actor.id, "name": actor.name, "until": until, "now": now}
    return (await run(tx, TAKE, asked)).first() is not None


async def give_back(tx: AsyncSession, ids: Collection[UUID]) -> None:
    await run(tx, GIVE_BACK, {"ids": list(ids)})
