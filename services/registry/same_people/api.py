"""Possible duplicates, merges and the names of people over HTTP. Personal data leaves masked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.contracts.same_people import (
    AddFormerName,
    Dismiss,
    FormerName,
    GiveName,
    Merge,
    MergeOut,
    NameGiven,
    PairOut,
    PairState,
    ReportPair,
    SideBySide,
    UndoMerge,
)
from services.kernel.actor import Actor
from services.kernel.clock import Now, Today, business_date
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch
from services.registry import listing
from services.registry.asking import Reading, Reviewing, Within, Writing
from services.registry.examples import answer, asked, page
from services.registry.people import queries as people
from services.registry.same_people import commands, examples, names, queries

router = APIRouter(tags=["疑似重复与姓名"])
PAIRS, MERGES = "/possible-duplicates", "/person-merges"
InState = Annotated[PairState | None, Query(description="只看哪种状态的；不填看待核对的")]
OfPerson = Annotated[UUID | None, Query(description="只看谁的")]
WRITE, REVIEW = "registry:write", "registry:review"


@router.get(PAIRS, responses=page(examples.PAIR))
async def list_possible_duplicates(
    actor: Reading,
    db: Hot,
    division: Within = None,
    state: InState = PairState.OPEN,
    person_id: OfPerson = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PairOut]:
    """管辖范围内可能是同一人的两条记录，新发现的在前；另一人在管辖范围外的，只说明有，由市级核对。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.pairs(
        db, actor, within=within, state=state, person_id=person_id, limit=limit, cursor=cursor
    )  # fmt: skip


@router.post(PAIRS, status_code=201, responses=answer(examples.PAIR, 201), openapi_extra=asked(examples.REPORTING))
async def report_possible_duplicate(order: ReportPair, actor: Writing, tx: Tx, once: OnceOnly) -> PairOut:
    """提出两条记录可能是同一人，列入待核对。"""
    await once.begin(tx, actor)
    id = await commands.report(tx, actor, order)
    return await once.keep(tx, await queries.pair(await plain(tx), actor, id, WRITE))


@router.get(f"{PAIRS}/{{id}}", responses=answer(examples.BESIDE))
async def read_possible_duplicate(id: UUID, actor: Reading, db: Hot, today: Today) -> SideBySide:
    """两条记录并排：基本情况、曾用名、证书、登记、到岗记录，以及哪几项不同；个人信息部分隐去。"""
    return await queries.side_by_side(db, actor, id, today)


@router.post(f"{PAIRS}/{{id}}/dismiss", responses=answer(examples.PAIR), openapi_extra=asked(examples.DISMISSING))
async def dismiss_possible_duplicate(
    id: UUID, order: Dismiss, actor: Reviewing, tx: Tx, once: OnceOnly, now: Now
) -> PairOut:
    """不是同一人：记下结论，以后不再列出。两人都须在管辖范围内。"""
    await once.begin(tx, actor)
    await commands.dismiss(tx, actor, id, order, now)
    return await once.keep(tx, await queries.pair(await plain(tx), actor, id, REVIEW), 200)


@router.post(f"{PAIRS}/{{id}}/merge", responses=answer(examples.MERGED), openapi_extra=asked(examples.MERGING))
async def merge_people(id: UUID, order: Merge, actor: Reviewing, tx: Tx, once: OnceOnly, now: Now) -> MergeOut:
    """是同一人：另一条记录的证书、登记、到岗等全部归入要保留的一条。两人都须在管辖范围内；期限内可以撤销。"""
    await once.begin(tx, actor)
    merge = await commands.merge(tx, actor, id, order, now)
    return await once.keep(tx, await queries.merge(await plain(tx), actor, merge, business_date(now), REVIEW), 200)


@router.get(MERGES, responses=page(examples.MERGED))
async def list_person_merges(
    actor: Reading,
    db: Hot,
    today: Today,
    division: Within = None,
    person_id: OfPerson = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[MergeOut]:
    """管辖范围内人员的合并，新的在前，包括已撤销的。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.merges(
        db, actor, within=within, person_id=person_id, today=today, limit=limit, cursor=cursor
    )  # fmt: skip


@router.get(f"{MERGES}/{{id}}", responses=answer(examples.MERGED))
async def read_person_merge(id: UUID, actor: Reading, db: Hot, today: Today) -> MergeOut:
    """一次合并：移动了什么，到哪一天为止可以撤销。"""
    return await queries.merge(db, actor, id, today)


@router.post(f"{MERGES}/{{id}}/undo", responses=answer(examples.MERGED), openapi_extra=asked(examples.UNDOING))
async def undo_person_merge(id: UUID, order: UndoMerge, actor: Reviewing, tx: Tx, once: OnceOnly, now: Now) -> MergeOut:
    """撤销合并：移动过的原样移回，两人重新列入待核对。"""
    await once.begin(tx, actor)
    await commands.undo(tx, actor, id, order, now)
    return await once.keep(tx, await queries.merge(await plain(tx), actor, id, business_date(now), REVIEW), 200)


@router.get("/people/{id}/former-names", responses=page(examples.FORMER))
async def list_former_names(id: UUID, actor: Reading, db: Hot, today: Today) -> Page[FormerName]:
    """一个人的曾用名，早的在前。"""
    await people.person(db, actor, id, on=today)
    return Page(items=await queries.former_names(db, id), next=None)


@router.post(
    "/people/{id}/former-names", status_code=201, responses=answer(examples.NAMED, 201),
    openapi_extra=asked(examples.ADDING),
)  # fmt: skip
async def add_former_name(
    id: UUID, order: AddFormerName, actor: Writing, tx: Tx, once: OnceOnly, today: Today
) -> NameGiven:
    """补录一个曾用名；按它也能找到这个人。"""
    await once.begin(tx, actor)
    await names.add_former(tx, actor, id, order, today)
    return await once.keep(tx, await named(tx, actor, id, today))


@router.post("/people/{id}/name", responses=answer(examples.NAMED), openapi_extra=asked(examples.NAMING))
async def give_name(
    id: UUID, order: GiveName, actor: Writing, tx: Tx, once: OnceOnly, today: Today, if_match: IfMatch = None
) -> NameGiven:
    """按证件补正或变更姓名，原来的成为曾用名；姓名本来无误的，照原样填写即为确认，不再列入待补字。"""
    await once.begin(tx, actor)
    await names.give(tx, actor, id, order, if_match, today)
    return await once.keep(tx, await named(tx, actor, id, today), 200)


async def named(tx: Tx, actor: Actor, id: UUID, today: Today) -> NameGiven:
    db = await plain(tx)
    return NameGiven(
        person=await people.person(db, actor, id, on=today, permission=WRITE),
        former_names=await queries.former_names(db, id),
        possible_duplicates=await queries.open_about(db, id),
    )
