"""Applications for registration over HTTP: filled in, handed in, reviewed, registered."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.registrations import (
    KIND_NAMES,
    STATE_NAMES,
    ApplicationKind,
    ApplicationOut,
    ApplicationState,
    ChangeApplication,
    ChecklistOut,
    CreateApplication,
    DecideApplications,
    DecidedAll,
    Decision,
    IssueCertificate,
    RegisterApplication,
    Rejection,
    Return,
    Verb,
)
from services.contracts.registry import LEVEL_NAMES, Level
from services.kernel import export
from services.kernel.actor import Actor
from services.kernel.clock import Now, Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import Once, OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch, etag
from services.registry import listing
from services.registry.asking import Reading, Reviewing, Within, Writing
from services.registry.examples import answer, asked, page
from services.registry.personal import VaultOf
from services.registry.registrations import commands, deciding, examples, exports, queries, reading, terms
from services.registry.registrations.deciding import Meant

router = APIRouter(prefix="/registration-applications", tags=["登记申请"])
ONE = answer(examples.APPLICATION)
InState = Annotated[list[ApplicationState] | None, Query(max_length=10, description="只看哪些状态的，可重复")]
OfKind = Annotated[ApplicationKind | None, Query(description="只看哪一类申请")]
AtLevel = Annotated[Level | None, Query(description="只看哪一级证书的申请")]
OfPerson = Annotated[UUID | None, Query(description="只看谁的申请")]
Overdue = Annotated[bool, Query(description="只看办理期限已过（没有放假安排的年份按估计）还没有决定的")]


async def _sought(
    state: InState = None,
    kind: OfKind = None,
    level: AtLevel = None,
    person_id: OfPerson = None,
    overdue: Overdue = False,
    sort: queries.Sort = queries.Sort.NEWEST,
) -> queries.Sought:
    return queries.Sought(state, kind, level, person_id, overdue, sort)


Sought = Annotated[queries.Sought, Depends(_sought)]


@router.get("", responses=page(examples.APPLICATION))
async def list_applications(
    actor: Reading, db: Hot, today: Today, sought: Sought, division: Within = None, limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ApplicationOut]:  # fmt: skip
    """管辖范围内的登记申请，新的在前；sort=deadline 只列正在办理的，期限最近的在前。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.applications(db, actor, sought, within=within, today=today, limit=limit, cursor=cursor)


@router.get("/export", response_class=Response, responses=export.FILE)
async def export_applications(
    request: Request, actor: Reading, today: Today, sought: Sought, division: Within = None,
    format: export.As = export.Format.XLSX,
    columns: export.Columns = None,
) -> Response:  # fmt: skip
    """管辖范围内的登记申请，筛选条件与列表相同，导出为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[ApplicationOut]:
        within = await listing.scope(db, actor, "registry:read", division)
        return await queries.applications(
            db, actor, sought, within=within, today=today, limit=export.AT_ONCE, cursor=cursor
        )

    criteria = {"区划": division, "状态": [STATE_NAMES[s] for s in sought.state or ()], "人员": sought.person_id,
                "类别": sought.kind and KIND_NAMES[sought.kind], "证书级别": sought.level and LEVEL_NAMES[sought.level],
                "已过期限": sought.overdue or None}  # fmt: skip
    return await export.exported(request, actor, exports.APPLICATIONS, pages, format, criteria, columns)


@router.post(
    "",
    status_code=201,
    responses=answer(examples.APPLICATION, 201),
    openapi_extra=asked(examples.NEW_APPLICATION),
)
async def begin_application(
    order: CreateApplication, actor: Writing, tx: Tx, vault: VaultOf, once: OnceOnly, today: Today, response: Response
) -> ApplicationOut:
    """新建一份登记申请（首次登记、再登记、变更、注销），先存为草稿。"""
    await once.begin(tx, actor)
    begun = await commands.begin(tx, actor, vault, order)
    found = await queries.application(await plain(tx), actor, begun.id, today, commands.WRITE)
    response.headers["etag"] = etag(found.version, found)
    return await once.keep(tx, found)


@router.post("/decisions", responses=answer(examples.DECIDED), openapi_extra=asked(examples.DECIDING))
async def decide_applications(
    order: DecideApplications, actor: Reviewing, tx: Tx, once: OnceOnly, now: Now, today: Today
) -> DecidedAll:
    """一次审核最多 100 份：通过、不予通过或退回。逐份给出结果；没有一份能办理时答复 409。"""
    await once.begin(tx, actor)
    decided = await deciding.decide_all(tx, actor, order, now, today)
    return await once.keep(tx, DecidedAll(items=decided), 200)


@router.get("/{id}", responses=ONE)
async def read_application(id: UUID, actor: Reading, db: Hot, today: Today, response: Response) -> ApplicationOut:
    """一份登记申请。"""
    found = await queries.application(db, actor, id, today)
    response.headers["etag"] = etag(found.version, found)
    return found


@router.get("/{id}/checklist", responses=answer(examples.CHECKLIST))
async def read_checklist(id: UUID, actor: Reading, db: Hot, today: Today) -> ChecklistOut:
    """办理清单：每一步完成与否，没完成的写明缺什么、由谁办。"""
    return await reading.checklist_of(db, actor, id, today)


@router.patch("/{id}", responses=ONE, openapi_extra=asked(examples.CONTENTS))
async def change_application(
    id: UUID,
    order: ChangeApplication,
    actor: Writing,
    tx: Tx,
    vault: VaultOf,
    today: Today,
    response: Response,
    if_match: IfMatch = None,
) -> ApplicationOut:
    """重新填写申请内容，须带 If-Match；初审通过后不能再改。"""
    await commands.change(tx, actor, vault, id, order, if_match)
    found = await queries.application(await plain(tx), actor, id, today, commands.WRITE)
    response.headers["etag"] = etag(found.version, found)
    return found


@router.post("/{id}/submit", responses=ONE)
async def submit_application(
    id: UUID, actor: Writing, tx: Tx, once: OnceOnly, today: Today, if_match: IfMatch = None
) -> ApplicationOut:
    """提交。不在受理期内的须写明理由；办理期限从这一天起算。"""
    await once.begin(tx, actor)
    await commands.submit(tx, actor, id, if_match, today)
    return await answered(tx, actor, id, once, today, commands.WRITE)


@router.post("/{id}/withdraw", responses=ONE)
async def withdraw_application(
    id: UUID, actor: Writing, tx: Tx, once: OnceOnly, today: Today, if_match: IfMatch = None
) -> ApplicationOut:
    """撤回，初审通过之前都可以。"""
    await once.begin(tx, actor)
    await commands.withdraw(tx, actor, id, if_match)
    return await answered(tx, actor, id, once, today, commands.WRITE)


@router.post("/{id}/approve", responses=ONE, openapi_extra=asked(examples.APPROVING))
async def approve_application(
    id: UUID,
    order: Decision,
    actor: Reviewing,
    tx: Tx,
    once: OnceOnly,
    now: Now,
    today: Today,
    if_match: IfMatch = None,
) -> ApplicationOut:
    """待审核的，初审通过；初审通过的，终审通过。录入的人不能审核，初审的人不能终审。"""
    await once.begin(tx, actor)
    await deciding.decide(tx, actor, id, Verb.APPROVE, Meant(order.reason), if_match, now, today)
    return await answered(tx, actor, id, once, today)


@router.post("/{id}/reject", responses=ONE, openapi_extra=asked(examples.REJECTING))
async def reject_application(
    id: UUID,
    order: Rejection,
    actor: Reviewing,
    tx: Tx,
    once: OnceOnly,
    now: Now,
    today: Today,
    if_match: IfMatch = None,
) -> ApplicationOut:
    """不予通过，并说明理由。"""
    await once.begin(tx, actor)
    await deciding.decide(tx, actor, id, Verb.REJECT, Meant(order.reason, ground=order.ground), if_match, now, today)
    return await answered(tx, actor, id, once, today)


@router.post("/{id}/return", responses=ONE, openapi_extra=asked(examples.RETURNING))
async def return_application(
    id: UUID,
    order: Return,
    actor: Reviewing,
    tx: Tx,
    once: OnceOnly,
    now: Now,
    today: Today,
    if_match: IfMatch = None,
) -> ApplicationOut:
    """初审时退回申请人，一次性告知缺少的全部内容，只有一次；终审时退回区县重新初审。"""
    await once.begin(tx, actor)
    await deciding.decide(tx, actor, id, Verb.RETURN, Meant(order.reason, order.missing), if_match, now, today)
    return await answered(tx, actor, id, once, today)


@router.post("/{id}/register", responses=ONE, openapi_extra=asked(examples.REGISTERING))
async def register_application(
    id: UUID,
    order: RegisterApplication,
    actor: Reviewing,
    tx: Tx,
    vault: VaultOf,
    once: OnceOnly,
    today: Today,
    if_match: IfMatch = None,
) -> ApplicationOut:
    """终审通过后登记：产生新的登记有效期，或使变更、注销生效。"""
    await once.begin(tx, actor)
    await terms.register(tx, actor, vault, id, order, if_match, today)
    return await answered(tx, actor, id, once, today)


@router.post("/{id}/issue", responses=ONE, openapi_extra=asked(examples.ISSUING))
async def issue_certificate(
    id: UUID, order: IssueCertificate, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today, if_match: IfMatch = None
) -> ApplicationOut:
    """填写国家系统给出的登记证书号，办结。"""
    await once.begin(tx, actor)
    await terms.issue(tx, actor, id, order, if_match)
    return await answered(tx, actor, id, once, today)


async def answered(
    tx: Tx, actor: Actor, id: UUID, once: Once, today: Today, permission: str = commands.REVIEW
) -> ApplicationOut:
    found = await queries.application(await plain(tx), actor, id, today, permission)
    return await once.keep(tx, found, 200)
