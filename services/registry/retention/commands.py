"""Placing and lifting legal holds; and the purge of what the registry has kept long enough, each with its event."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure_events import LegalHoldLifted, LegalHoldPlaced, RecordsPurged
from services.contracts.retention import DataClass, HoldOut, PlaceHold
from services.kernel.actor import Actor
from services.kernel.clock import SHANGHAI, business_date
from services.kernel.db import run
from services.kernel.errors import Conflict, NotFound, Unprocessable
from services.kernel.feed import record
from services.kernel.listing import NOT_HERE, plain
from services.registry import listing
from services.registry.divisions.queries import existing
from services.registry.people.models import Person
from services.registry.retention import queries
from services.registry.retention.candidates import forget_candidates
from services.registry.retention.house import HOUSE
from services.registry.retention.models import LegalHold
from services.registry.retention.rules import last_to_go
from services.registry.retention.table import RETENTION

AT_ONCE = 5000
RECORDS = "'processing_record'"
FREE = f"not {queries.holding('r.person_id', 'r.division', RECORDS)}"
# Of each table: which rows date from before an instant and are done with. Restrictions refer to their request.
OLD: Mapping[str, str] = {
    "reveal": f"select r.id from reveal r where r.at < :before and {FREE} order by r.at",
    "rights_request": f"""
select r.id from rights_request r where r.state in ('done', 'refused') and r.decided_at < :before and {FREE}
  and not exists (select from restriction n where n.request_id = r.id) order by r.decided_at""",
    "disclosure": f"""
select d.id from disclosure d where d.requested_at < :before
  and d.state in ('refused', 'withdrawn', 'fetched', 'expired', 'failed')
  and not exists (select from reveal r where r.disclosure_id = d.id)
  and not {queries.holding_area("d.division", RECORDS)}
order by d.requested_at""",
}


class Elsewhere(Unprocessable):
    english = "The person does not count in the division of the hold."


class AlreadyLifted(Conflict):
    english = "The hold has been lifted already."


async def place_hold(tx: AsyncSession, actor: Actor, order: PlaceHold, now: datetime) -> LegalHold:
    actor.require_at("rights:write", order.division)
    await existing(await plain(tx), order.division)
    await check_about(tx, actor, order)
    hold = LegalHold(**order.model_dump(), placed_by=actor.id, placed_at=now)
    tx.add(hold)
    await tx.flush()
    await record(tx, actor, f"legal-hold:{hold.id}", LegalHoldPlaced(hold_id=hold.id, data_class=hold.data_class))
    return hold


async def check_about(tx: AsyncSession, actor: Actor, order: PlaceHold) -> None:
    """About somebody who counts in its division; about nobody in particular it holds all who do."""
    if order.person_id is None:
        return
    person = await tx.get(Person, order.person_id)
    if person is None or not actor.reaches("rights:write", person.division):
        raise NotFound(NOT_HERE)
    if not any(person.division in r for r in await listing.ranges_of(await plain(tx), order.division)):
        raise Elsewhere("此人不在所填区划内。请改填此人所在的区划或其上级。", code="outside_division")


async def lift_hold(tx: AsyncSession, actor: Actor, id: UUID, now: datetime) -> HoldOut:
    found = (await tx.exec(select(LegalHold).where(col(LegalHold.id) == id).with_for_update())).one_or_none()
    if found is None or not actor.reaches("rights:write", found.division):
        raise NotFound(NOT_HERE)
    if found.lifted_at is not None:
        raise AlreadyLifted("这项保全已经解除，无需再办。请刷新后查看。")
    found.lifted_by, found.lifted_at = actor.id, now
    await record(tx, actor, f"legal-hold:{id}", LegalHoldLifted(hold_id=id, data_class=found.data_class))
    return await queries.hold(await plain(tx), actor, id)


async def purge(tx: AsyncSession, now: datetime) -> int:
    """So many rows of each table at a time, in a transaction that reaches everything: until it answers 0."""
    kept = RETENTION[DataClass.PROCESSING_RECORD]
    last = last_to_go(kept, business_date(now))
    before = datetime.combine(last, datetime.max.time(), SHANGHAI)
    gone = 0
    for table, old in OLD.items():
        delete = text(f"delete from {table} where id in ({old} limit {AT_ONCE})")
        rows = (await run(tx, delete, {"before": before})).rowcount
        if rows:
            purged = RecordsPurged(data_class=kept.data_class, table=table, before=before.date(), rows=rows)
            await record(tx, HOUSE, f"retention:{table}", purged)
        gone += rows
    return gone + await forget_candidates(tx, now)
