"""Looking for a number: counted, recorded and committed before anything is answered; and keeping searches."""

import logging
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry import PersonOut
from services.contracts.search import (
    PersonSought,
    RenameSearch,
    SavedSearchOut,
    SaveSearch,
    SearchKept,
    SearchPeople,
    SearchQuotaReached,
)
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.crypto import Vault
from services.kernel.db import Database
from services.kernel.feed import record
from services.kernel.listing import plain
from services.kernel.scope import Scope
from services.registry.people.queries import person
from services.registry.personal import id_blinds
from services.registry.search import queries, rules
from services.registry.search.models import NumberSearch, SavedSearch

log = logging.getLogger("searches")
SEARCH = "registry:search"


async def sought(tx: AsyncSession, vault: Vault, actor: Actor, order: SearchPeople, now: datetime) -> UUID | None:
    """Whose number it is, among those within reach; that somebody looked is said of them."""
    meant = rules.readings(order.id_type, order.id_number, business_date(now))
    await queries.turn(tx, "number search", actor.id)
    recent = await queries.recent(tx, actor.id, now)
    rules.check_quota(recent, now)
    found = await queries.whose(tx, [blind for kind, number in meant for blind in id_blinds(vault, kind, number)])
    known = found is not None and actor.reaches(SEARCH, found.division)
    told = PersonSought(person_id=found.id, division=found.division) if found and known else PersonSought(
        person_id=None, division=None
    )  # fmt: skip
    tx.add(NumberSearch(actor=actor.id, at=now))
    await record(tx, actor, f"person:{told.person_id}" if told.person_id else actor.id, told)
    if len(recent) == rules.QUOTA - 1:
        log.warning("somebody has used up the searches of an hour", extra={"actor": actor.id})
        await record(tx, actor, actor.id, SearchQuotaReached(quota=rules.QUOTA))
    return told.person_id


async def found_by_number(
    database: Database, scope: Scope | None, vault: Vault, actor: Actor, order: SearchPeople, now: datetime
) -> PersonOut | None:
    """What cannot be recorded is not answered (PI-13)."""
    async with database.writing(info={"scope": scope}) as tx, tx.begin():
        id = await sought(tx, vault, actor, order, now)
    if id is None:
        return None
    async with database.hot(scope) as db:
        return await person(db, actor, id, on=business_date(now), permission=SEARCH)


# ── saved searches ───────────────────────────────────────────────────────────────────────────────────────────────────
async def save(tx: AsyncSession, actor: Actor, order: SaveSearch, now: datetime) -> SavedSearchOut:
    await queries.turn(tx, "saved search", actor.id)
    kept = await queries.kept_by(tx, actor.id)
    rules.check_room(len(kept))
    rules.check_name((order.page, order.name) in {(s.page, s.name) for s in kept})
    new = SavedSearch(owner=actor.id, created_at=now, **order.model_dump())
    tx.add(new)
    await tx.flush()
    return await told(tx, actor, new, "saved")


async def rename(tx: AsyncSession, actor: Actor, id: UUID, order: RenameSearch) -> SavedSearchOut:
    await queries.turn(tx, "saved search", actor.id)
    search, kept = await queries.mine_for_update(tx, actor.id, id)
    rules.check_name((search.page, order.name) in {(s.page, s.name) for s in kept if s.id != id})
    search.name = order.name
    return await told(tx, actor, search, "renamed")


async def told(tx: AsyncSession, actor: Actor, search: SavedSearch, what: str) -> SavedSearchOut:
    await record(tx, actor, f"saved_search:{search.id}", SearchKept(search_id=search.id, page=search.page, kept=what))
    return await queries.one_saved(await plain(tx), actor.id, search.id)


async def delete(tx: AsyncSession, actor: Actor, id: UUID) -> None:
    """What an official keeps for herself is hers to delete; it is no record of the register."""
    search, _ = await queries.mine_for_update(tx, actor.id, id)
    await tx.delete(search)
    await record(tx, actor, f"saved_search:{id}", SearchKept(search_id=id, page=search.page, kept="deleted"))
