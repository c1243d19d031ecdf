"""Erasure: a person's key is destroyed, here and in every backup that the list of destroyed keys brings in step."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.db import run

ERASE = text("select erase_person(:person)")
LISTED = text("select person_id, destroyed_at from destroyed_key order by destroyed_at, person_id")
LIST = text("""
insert into destroyed_key (person_id, destroyed_at)
select * from unnest(cast(:ids as uuid[]), cast(:at as timestamptz[])) on conflict do nothing""")
LEFT = text("""
select p.id from person p join destroyed_key d on d.person_id = p.id
where p.id_number <> '' order by p.id limit :limit""")


class Destroyed(NamedTuple):
    person_id: UUID
    destroyed_at: datetime


async def erase_person_key(tx: AsyncSession, person: UUID) -> bool:
    """For good. Of the record remain its id, the first character of the name, and what the law keeps: certificates,
    registrations, work. History, and what imports show of the person, lose the same. False if there is nobody.
    """
    return bool((await run(tx, ERASE, {"person": person})).scalar_one())


async def destroyed(tx: AsyncSession) -> list[Destroyed]:
    return [Destroyed(row.person_id, row.destroyed_at) for row in (await run(tx, LISTED, {})).all()]


async def bring_in_step(tx: AsyncSession, known: Iterable[Destroyed], *, limit: int = 500) -> int:
    """After a restore: whoever was erased since is erased again. Said again until it answers 0."""
    rows = list(known)
    await run(tx, LIST, {"ids": [r.person_id for r in rows], "at": [r.destroyed_at for r in rows]})
    left = (await run(tx, LEFT, {"limit": limit})).scalars().all()
    for person in left:
        await erase_person_key(tx, person)
    return len(left)
