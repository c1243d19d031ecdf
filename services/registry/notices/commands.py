"""Publishing a notice, and recording who has seen it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure import PublishNotice
from services.contracts.disclosure_events import NoticePublished, NoticeSeen
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.db import run
from services.kernel.errors import Conflict, NotFound, Unprocessable
from services.kernel.feed import record, record_all
from services.kernel.listing import NOT_HERE, plain
from services.registry.divisions.queries import existing
from services.registry.notices import queries
from services.registry.notices.models import Notice

SEE = text("""
insert into notice_seen (notice_id, person_id, division, at, recorded_by)
select :notice, p, d, :at, :actor from unnest(cast(:people as uuid[]), cast(:divisions as text[])) t(p, d)
on conflict do nothing returning person_id""")


class Backdated(Unprocessable):
    english = "A notice is in force from its publication at the earliest."


class NotInForce(Conflict):
    english = "The notice is not in force yet."


async def publish_notice(tx: AsyncSession, actor: Actor, order: PublishNotice, now: datetime) -> Notice:
    """Nobody was told before it was published (PI-03)."""
    actor.require_at("registry:review", order.division)
    await existing(await plain(tx), order.division)
    if order.valid_from < business_date(now):
        raise Backdated("告知书的生效日期不能早于今天。请填写今天或以后的日期。", code="backdated", rule="PI-03")
    version = await queries.next_version(tx, order.division, order.purpose)
    notice = Notice(**order.model_dump(), version=version, published_at=now, published_by=actor.id)
    tx.add(notice)
    await tx.flush()
    published = NoticePublished(notice_id=notice.id, purpose=notice.purpose, version=version)
    await record(tx, actor, f"notice:{notice.id}", published)
    return notice


async def see_notice(tx: AsyncSession, actor: Actor, id: UUID, people: Sequence[UUID], now: datetime) -> int:
    """Which version each has seen; whoever has seen it before is not recorded again."""
    wanted = list(dict.fromkeys(people))
    places = await queries.places_of(tx, actor, wanted)
    if len(places) != len(wanted):
        raise NotFound(NOT_HERE)
    return await shown_to(tx, actor, id, places, now)


async def shown_to(tx: AsyncSession, actor: Actor, id: UUID, places: dict[UUID, str], now: datetime) -> int:
    """`places`: where each of these people counts."""
    notice = await queries.notice(await plain(tx), id)
    if notice.valid_from > business_date(now):
        raise NotInForce("这份告知书还没有生效。请使用现行的告知书。", code="not_in_force", rule="PI-03")
    said = {"people": list(places), "divisions": list(places.values())}
    new = (await run(tx, SEE, {"notice": id, "at": now, "actor": actor.id, **said})).scalars().all()
    await record_all(tx, actor, [(f"person:{p}", NoticeSeen(notice_id=id, person_id=p)) for p in sorted(new)])
    return len(new)
