"""Every question put to the table of legal holds."""

from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure import DataClass, HoldOut
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.listing import Conditions
from services.kernel.paging import Page

SELECT = """
select h.id, h.division, h.data_class, h.person_id, h.reason, h.placed_by, h.placed_at, h.lifted_by, h.lifted_at{keys}
from legal_hold h {rows}"""
NEWEST: listing.Key = [("h.id", UUID)]
ABOUT = text("""
select exists (select from legal_hold h where h.lifted_at is null and (h.person_id is null or h.person_id = :person)
  and h.data_class = any(cast(:classes as text[])))""")


def made(row: asyncpg.Record) -> HoldOut:
    return HoldOut.model_validate(dict(row))


async def holds(db: asyncpg.Connection, actor: Actor, *, limit: int, cursor: str | None) -> Page[HoldOut]:
    conditions = Conditions()
    conditions.within("h.division", actor.ranges("registry:read"))
    return await listing.page(
        db, SELECT, conditions, key=NEWEST, cursor=cursor, limit=limit, made=made, descending=True
    )


async def hold(db: asyncpg.Connection, actor: Actor, id: UUID) -> HoldOut:
    conditions = Conditions()
    conditions.add("h.id = {}", id)
    conditions.within("h.division", actor.ranges("registry:read"))
    return await listing.one(db, SELECT, conditions, made=made)


async def held(tx: AsyncSession, person: UUID, *classes: DataClass) -> bool:
    """Whether anything about this person must stay."""
    return bool((await run(tx, ABOUT, {"person": person, "classes": [c.value for c in classes]})).scalar_one())
