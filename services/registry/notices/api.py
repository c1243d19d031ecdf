"""Notices over HTTP: the ones in force, publishing a new version, and who has seen which."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.contracts.disclosure import NoticeOut, NoticeSeenOut, PublishNotice, Purpose, Seen, SeenBy
from services.contracts.divisions import DivisionCode
from services.kernel.clock import Now
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry import disclosure_examples as examples
from services.registry.asking import On, Reading, Reviewing, Writing
from services.registry.examples import answer, asked, page
from services.registry.notices import commands, queries

router = APIRouter(prefix="/notices", tags=["告知书"])
For = Annotated[DivisionCode | None, Query(description="在哪个区划适用；不填列出各地的")]
OfPurpose = Annotated[Purpose | None, Query(description="只看哪一种用途")]


@router.get("", responses=page(examples.NOTICE))
async def list_notices(
    actor: Reading, db: Hot, on: On, division: For = None, purpose: OfPurpose = None
) -> Page[NoticeOut]:
    """某一天在某地适用的告知书，每种用途一份：本级没有的，用最近的上级的。"""
    return Page(items=await queries.current(db, division, purpose, on), next=None)


@router.post("", status_code=201, responses=answer(examples.NOTICE, 201), openapi_extra=asked(examples.NEW_NOTICE))
async def publish_notice(order: PublishNotice, actor: Reviewing, tx: Tx, once: OnceOnly, now: Now) -> NoticeOut:
    """发布告知书的新版本；发布后不能修改，只能再发新版本。"""
    await once.begin(tx, actor)
    published = await commands.publish_notice(tx, actor, order, now)
    return await once.keep(tx, await queries.notice(await plain(tx), published.id))


@router.get("/versions", responses=page(examples.NOTICE))
async def list_notice_versions(
    actor: Reading, db: Hot, division: For = None, purpose: OfPurpose = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[NoticeOut]:
    """发布过的各版告知书，新的在前，包括尚未生效的和已被代替的。"""
    return await queries.versions(db, division, purpose, limit=limit, cursor=cursor)


@router.get("/{id}", responses=answer(examples.NOTICE))
async def read_notice(id: UUID, actor: Reading, db: Hot) -> NoticeOut:
    """一份告知书，包括已被新版本代替的。"""
    return await queries.notice(db, id)


@router.get("/{id}/seen", responses=page(examples.NOTICE_SEEN))
async def list_notice_seen(
    id: UUID, actor: Reading, db: Hot, limit: Limit = 50, cursor: Cursor = None
) -> Page[NoticeSeenOut]:
    """管辖范围内看过这一版的人员。"""
    return await queries.seen(db, actor, id, limit=limit, cursor=cursor)


@router.post("/{id}/seen", responses=answer(examples.SEEN), openapi_extra=asked(examples.SEEN_BY))
async def see_notice(id: UUID, order: SeenBy, actor: Writing, tx: Tx, once: OnceOnly, now: Now) -> Seen:
    """记下这一版告知书给谁看过。"""
    await once.begin(tx, actor)
    recorded = await commands.see_notice(tx, actor, id, order.person_ids, now)
    return await once.keep(tx, Seen(recorded=recorded), 200)
