"""The review desk over HTTP: queues, who has what before them, the next one, and what was known before."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.contracts.registrations import ApplicationKind
from services.contracts.registry import Level
from services.contracts.review import CaseOut, ComparisonOut, Held, Queue, QueuesOut, Taken, TakeNext
from services.kernel.clock import Now, Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry import listing
from services.registry.asking import Reading, Reviewing, Within
from services.registry.examples import answer, asked, page
from services.registry.registrations.commands import REVIEW
from services.registry.review import commands, examples, queries

router = APIRouter(tags=["审核台"])
QUEUES, APPLICATIONS = "/registration-queues", "/registration-applications"
OfKind = Annotated[ApplicationKind | None, Query(description="只看哪一类申请")]
AtLevel = Annotated[Level | None, Query(description="只看哪一级证书的申请")]
HeldBy = Annotated[Held | None, Query(description="只看本人领取的、他人领取的或无人领取的")]
Overdue = Annotated[bool, Query(description="只看办理期限已过（没有放假安排的年份按估计）的")]


async def _sought(
    kind: OfKind = None, level: AtLevel = None, held: HeldBy = None, overdue: Overdue = False
) -> queries.Sought:
    return queries.Sought(kind, level, held, overdue)


@router.get(QUEUES, responses=answer(examples.QUEUES))
async def count_queues(actor: Reading, db: Hot, now: Now, today: Today, division: Within = None) -> QueuesOut:
    """各个队列的件数、已超期的、最早提交的和最近的期限；每份申请恰在一个队列中，或者已经办结。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.counts(db, actor, within, now, today)


@router.get(f"{QUEUES}/{{queue}}", responses=page(examples.CASE))
async def list_queue(
    queue: Queue, actor: Reading, db: Hot, now: Now, today: Today,
    sought: Annotated[queries.Sought, Depends(_sought)], division: Within = None, limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CaseOut]:  # fmt: skip
    """一个队列中的申请，等得最久、期限最近的在前，并写明正由谁审核。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.queued(
        db, actor, queue, sought, within=within, now=now, today=today, limit=limit, cursor=cursor
    )


@router.post(f"{QUEUES}/{{queue}}/next", responses=answer(examples.TAKEN), openapi_extra=asked(examples.TAKING))
async def take_next(
    queue: Queue, order: TakeNext, actor: Reviewing, tx: Tx, once: OnceOnly, now: Now, today: Today
) -> Taken:
    """领取等得最久、无人领取、可由您审核的一份；application_id 是放回的那一份，从它之后找。"""
    await once.begin(tx, actor)
    id = await commands.take_next(tx, actor, queue, order, now, today)
    found = None if id is None else await queries.case(await plain(tx), actor, id, now, today, REVIEW)
    return await once.keep(tx, Taken(case=found), 200)


@router.get(f"{APPLICATIONS}/{{id}}/case", responses=answer(examples.CASE))
async def read_case(id: UUID, actor: Reading, db: Hot, now: Now, today: Today) -> CaseOut:
    """一份申请在哪个队列，正由谁审核，您可以做什么。"""
    return await queries.case(db, actor, id, now, today)


@router.get(f"{APPLICATIONS}/{{id}}/comparison", responses=answer(examples.COMPARISON))
async def compare_application(id: UUID, actor: Reading, db: Hot, today: Today) -> ComparisonOut:
    """申请内容与登记册上的人员信息、上一份申请对照，不同的标明。"""
    return await queries.comparison(db, actor, id, today)


@router.post(f"{APPLICATIONS}/{{id}}/claim", responses=answer(examples.CASE))
async def claim_application(id: UUID, actor: Reviewing, tx: Tx, once: OnceOnly, now: Now, today: Today) -> CaseOut:
    """领取一份申请，或延长领取的时间。他人正在审核的答复 409，并写明是谁；时间已过的可以接手。"""
    await once.begin(tx, actor)
    await commands.claim(tx, actor, id, now, today)
    return await once.keep(tx, await queries.case(await plain(tx), actor, id, now, today, REVIEW), 200)


@router.post(f"{APPLICATIONS}/{{id}}/release", responses=answer(examples.CASE))
async def release_application(id: UUID, actor: Reviewing, tx: Tx, once: OnceOnly, now: Now, today: Today) -> CaseOut:
    """放回领取的申请，由他人审核。"""
    await once.begin(tx, actor)
    await commands.release(tx, actor, id, now)
    return await once.keep(tx, await queries.case(await plain(tx), actor, id, now, today, REVIEW), 200)
