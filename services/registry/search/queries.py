"""Every question put to the tables of searches, and whose a number is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Row, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.search import SavedSearchOut
from services.kernel import listing
from services.kernel.crypto import Blind
from services.kernel.db import everywhere, run
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.registry.search.models import SavedSearch
from services.registry.search.rules import QUOTA, WINDOW

# Wherever they count: whoever was found to be another one is that one.
OF_NUMBER = text("""
select coalesce(p.merged_into, p.id) as id from person_index i join person p on p.id = i.person_id
where (i.key_id, i.blind) in (select * from unnest(cast(:keys as text[]), cast(:blinds as bytea[]))) limit 50""")
# Within the asker's area alone: the policies of `person` see to that.
WITHIN_REACH = text("select id, division from person where id = any(cast(:ids as uuid[])) order by id limit 1")
TURN = text("select pg_advisory_xact_lock(hashtextextended(:what || ' ' || :actor, 0))")
RECENT = text("select at from number_search where actor = :actor and at > :since order by at desc limit :quota")
FORGET = text("delete from number_search where actor = :actor and at <= :since")
SAVED = "select s.id, s.name, s.page, s.query, s.created_at{keys} from saved_search s {rows}"
IN_ORDER: listing.Key = [("s.page", str), ("s.name", str), ("s.id", UUID)]


async def whose(tx: AsyncSession, blinds: Sequence[Blind]) -> Row[Any] | None:
    asked = {"keys": [b.key for b in blinds], "blinds": [b.mac for b in blinds]}
    async with everywhere(tx, "the record of this number may have become one of another division"):
        ids = (await run(tx, OF_NUMBER, asked)).scalars().all()
    return (await run(tx, WITHIN_REACH, {"ids": list(ids)})).one_or_none()


async def turn(tx: AsyncSession, what: str, actor: str) -> None:
    """Another of the same waits until this one has committed: none is miscounted."""
    await run(tx, TURN, {"what": what, "actor": actor})


async def recent(tx: AsyncSession, actor: str, now: datetime) -> Sequence[datetime]:
    """Of this asker, the newest first; what is older counts no more, and goes."""
    asked = {"actor": actor, "since": now - WINDOW}
    await run(tx, FORGET, asked)
    return (await run(tx, RECENT, {**asked, "quota": QUOTA})).scalars().all()


def saved_made(row: asyncpg.Record) -> SavedSearchOut:
    return SavedSearchOut.model_validate(dict(row))


async def saved(
    db: asyncpg.Connection, owner: str, page: str | None, *, limit: int, cursor: str | None
) -> Page[SavedSearchOut]:
    conditions = Conditions()
    conditions.add("s.owner = {}", owner)
    if page is not None:
        conditions.add("s.page = {}", page)
    return await listing.page(db, SAVED, conditions, key=IN_ORDER, cursor=cursor, limit=limit, made=saved_made)


async def one_saved(db: asyncpg.Connection, owner: str, id: UUID) -> SavedSearchOut:
    conditions = Conditions()
    conditions.add("s.owner = {} and s.id = {}", owner, id)
    return await listing.one(db, SAVED, conditions, made=saved_made)


async def kept_by(tx: AsyncSession, owner: str) -> Sequence[SavedSearch]:
    """All of them, at most as many as may be kept."""
    return (await tx.exec(select(SavedSearch).where(col(SavedSearch.owner) == owner).with_for_update())).all()


async def mine_for_update(tx: AsyncSession, owner: str, id: UUID) -> tuple[SavedSearch, Sequence[SavedSearch]]:
    every = await kept_by(tx, owner)
    found = next((s for s in every if s.id == id), None)
    if found is None:
        raise NotFound("没有找到这个查询，可能已经删除。请刷新后再试。")
    return found, every
