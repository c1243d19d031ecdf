"""Placing and lifting legal holds; and the purge of what the registry has kept long enough, each with its event."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure import DataClass, HoldOut, PlaceHold
from services.contracts.disclosure_events import LegalHoldLifted, LegalHoldPlaced, RecordsPurged
from services.contracts.divisions import Tier, tier_by_code
from services.kernel.actor import Actor
from services.kernel.clock import SHANGHAI, business_date
from services.kernel.db import run
from services.kernel.errors import Conflict, NotFound, Unprocessable
from services.kernel.feed import record
from services.kernel.listing import NOT_HERE, plain
from services.registry.divisions.queries import existing
from services.registry.people.models import Person
from services.registry.retention import queries
from services.registry.retention.house import HOUSE
from services.registry.retention.models import LegalHold
from services.registry.retention.rules import last_to_go
from services.registry.retention.table import RETENTION

AT_ONCE = 5000
WHOLE_CITY = (Tier.NATION, Tier.PROVINCE, Tier.CITY)
FREE = """not exists (
  select from legal_hold h where h.lifted_at is null and h.data_class = 'processing_record'
  and (h.person_id is null or h.person_id = r.person_id))"""
# Of each table: which rows date from before an instant and are done with. Restrictions refer to their request.
OLD: Mapping[str, str] = {
    "reveal": f"select r.id from reveal r where r.at < :before and {FREE} order by r.at",
    "rights_request": f"""
select r.id from rights_request r where r.state in ('done', 'refused') and r.decided_at < :before and {FREE}
  and not exists (select from restriction n where n.request_id = r.id) order by r.decided_at""",
    "disclosure": """
select d.id from disclosure d where d.requested_at < :before
  and d.state in ('refused', 'withdrawn', 'fetched', 'expired', 'failed')
  and not exists (select from reveal r where r.disclosure_id = d.id) and not exists (
    select from legal_hold h where h.lifted_at is null and h.data_class = 'processing_record' and h.person_id is null)
order by d.requested_at""",
}


class AlreadyLifted(Conflict):
    english = "The hold has been lifted already."


async def place_hold(tx: AsyncSession, actor: Actor, order: PlaceHold, now: datetime) -> LegalHold:
    actor.require_at("registry:review", order.division)
    await existing(await plain(tx), order.division)
    await check_about(tx, actor, order)
    hold = LegalHold(**order.model_dump(), placed_by=actor.id, placed_at=now)
    tx.add(hold)
    await tx.flush()
    await record(tx, actor, f"legal-hold:{hold.id}", LegalHoldPlaced(hold_id=hold.id, data_class=hold.data_class))
    return hold


async def check_about(tx: AsyncSession, actor: Actor, order: PlaceHold) -> None:
    """About somebody of one's own area; about nobody in particular it stops all erasure, which is the city's to say."""
    if order.person_id is None and tier_by_code(order.division) not in WHOLE_CITY:
        raise Unprocessable("不指明人员的保全对全市生效，只能由市级办理。请指明人员，或请市级办理。", code="city_only")
    if order.person_id is not None:
        person = await tx.get(Person, order.person_id)
        if person is None or not actor.reaches("registry:review", person.division):
            raise NotFound(NOT_HERE)


async def lift_hold(tx: AsyncSession, actor: Actor, id: UUID, now: datetime) -> HoldOut:
    found = (await tx.exec(select(LegalHold).where(col(LegalHold.id) == id).with_for_update())).one_or_none()
    if found is None or not actor.reaches("registry:review", found.division):
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
    return gone
