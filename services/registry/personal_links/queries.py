"""Every question put to the table of personal links."""

from uuid import UUID

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.personal_links import MOST_FAILURES, PersonalLinkOut
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.errors import NotFound
from services.kernel.listing import NOT_HERE, Conditions
from services.kernel.paging import Page
from services.registry.personal_links.models import PersonalLink

WRITE = "registry:write"
SELECT = """
select l.id, l.application_id, a.division, l.made_at, l.made_by, l.expires_at, l.withdrawn_at, l.opened_at,
  l.failures{keys}
from personal_link l join registration_application a on a.id = l.application_id {rows}"""
NEWEST: listing.Key = [("l.id", UUID)]


def made(row: asyncpg.Record, actor: Actor) -> PersonalLinkOut:
    open_ = row["withdrawn_at"] is None and actor.reaches(WRITE, row["division"])
    may = ["withdraw"] if open_ else []
    return PersonalLinkOut.model_validate({**row, "locked": row["failures"] >= MOST_FAILURES, "may": may})


async def links(
    db: asyncpg.Connection, actor: Actor, application: UUID | None, *, limit: int, cursor: str | None
) -> Page[PersonalLinkOut]:
    """Newest first."""
    conditions = Conditions()
    conditions.within("a.division", actor.ranges("registry:read"))
    if application is not None:
        conditions.add("l.application_id = {}", application)
    return await listing.page(
        db, SELECT, conditions, key=NEWEST, cursor=cursor, limit=limit, made=lambda row: made(row, actor),
        descending=True,
    )  # fmt: skip


async def link(db: asyncpg.Connection, actor: Actor, id: UUID) -> PersonalLinkOut:
    conditions = Conditions()
    conditions.add("l.id = {}", id)
    conditions.within("a.division", actor.ranges(WRITE))
    return await listing.one(db, SELECT, conditions, made=lambda row: made(row, actor))


async def for_update(tx: AsyncSession, id: UUID) -> PersonalLink:
    found = (await tx.exec(select(PersonalLink).where(col(PersonalLink.id) == id).with_for_update())).first()
    if found is None:
        raise NotFound(NOT_HERE)
    return found


async def standing(tx: AsyncSession, application: UUID) -> list[PersonalLink]:
    """Those of an application that have not been withdrawn."""
    one = PersonalLink
    asked = select(one).where(col(one.application_id) == application, col(one.withdrawn_at).is_(None))
    return list((await tx.exec(asked.order_by(col(one.id)).with_for_update())).all())


async def by_token(tx: AsyncSession, token_hash: bytes) -> PersonalLink | None:
    """One code at a time is tried: whoever tries many at once waits here for the count."""
    asked = select(PersonalLink).where(col(PersonalLink.token_hash) == token_hash).with_for_update()
    return (await tx.exec(asked)).first()
