"""Sessions over HTTP."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.days import Day
from services.contracts.training import (
    CancelSession,
    CreateSession,
    SessionKind,
    SessionOut,
    SessionState,
    UpdateSession,
)
from services.kernel import export, listing
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch
from services.training import examples, exports
from services.training.asking import OnDay, Reading, Text, Within, Writing, tagged, unless_known
from services.training.sessions import commands, queries
from services.training.sessions.queries import Sought

router = APIRouter(tags=["培训"])
From = Annotated[Day | None, Query(alias="from", description="从这一天起")]
To = Annotated[Day | None, Query(alias="to", description="到这一天止（含）")]


async def _sought(
    q: Text = None,
    kind: SessionKind | None = None,
    state: SessionState | None = None,
    on: OnDay = None,
    start: From = None,
    end: To = None,
    sort: queries.Sort = queries.Sort.DAY_BACK,
) -> Sought:
    listing.check_period(start, end)
    return Sought(q=q, kind=kind, state=state, on=on, start=start, end=end, sort=sort)


Filter = Annotated[Sought, Depends(_sought)]


@router.get("/sessions", responses=examples.page(examples.SESSION))
async def list_sessions(
    actor: Reading, db: Hot, sought: Filter, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[SessionOut]:
    """管辖范围内的培训，最近的在前。"""
    within = await listing.scope(db, actor, "training:read", division)
    return await queries.sessions(db, actor, sought, within=within, limit=limit, cursor=cursor)


@router.get("/sessions/export", responses=export.FILE)
async def export_sessions(
    request: Request,
    actor: Reading,
    sought: Filter,
    division: Within = None,
    format: export.As = export.Format.XLSX,
) -> Response:
    """同样的列表，作为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[SessionOut]:
        within = await listing.scope(db, actor, "training:read", division)
        return await queries.sessions(db, actor, sought, within=within, limit=export.AT_ONCE, cursor=cursor)

    criteria = exports.criteria(division, sought)
    return await export.exported(request, actor, exports.SESSIONS, pages, format, criteria)


@router.post(
    "/sessions",
    status_code=201,
    responses=examples.answer(examples.SESSION, 201),
    openapi_extra=examples.asked(examples.NEW_SESSION),
)
async def add_session(
    order: CreateSession, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> SessionOut:
    """登记一期培训；逐日填写日期和分钟数，或起止时刻。"""
    await once.begin(tx, actor)
    added = await commands.add_session(tx, actor, order, today)
    answer = await queries.session(await listing.plain(tx), actor, added.id, permission="training:write")
    return await once.keep(tx, tagged(response, answer))


@router.get("/sessions/{id}", response_model=SessionOut, responses=examples.answer(examples.SESSION))
async def read_session(
    id: UUID, request: Request, actor: Reading, db: Hot, response: Response
) -> SessionOut | Response:
    """一期培训。"""
    return unless_known(request, response, await queries.session(db, actor, id))


@router.patch(
    "/sessions/{id}",
    responses=examples.answer(examples.SESSION),
    openapi_extra=examples.asked(examples.CHANGED_SESSION),
)
async def change_session(
    id: UUID, order: UpdateSession, actor: Writing, tx: Tx, response: Response, if_match: IfMatch = None
) -> SessionOut:
    """更正培训信息，须带 If-Match；已有人员参训后，日期和时长不能改。"""
    await commands.change_session(tx, actor, id, order, if_match)
    answer = await queries.session(await listing.plain(tx), actor, id, permission="training:write")
    return tagged(response, answer)


@router.post("/sessions/{id}/hold", responses=examples.answer(examples.SESSION))
async def hold_session(
    id: UUID, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> SessionOut:
    """登记培训已举办，此后可登记参训。"""
    await once.begin(tx, actor)
    await commands.hold_session(tx, actor, id, today)
    answer = await queries.session(await listing.plain(tx), actor, id, permission="training:write")
    return await once.keep(tx, tagged(response, answer), 200)


@router.post(
    "/sessions/{id}/cancel",
    responses=examples.answer(examples.SESSION),
    openapi_extra=examples.asked(examples.CANCELLED),
)
async def cancel_session(
    id: UUID, order: CancelSession, actor: Writing, tx: Tx, once: OnceOnly, response: Response
) -> SessionOut:
    """取消培训；已登记的参训一律不再计入学时。"""
    await once.begin(tx, actor)
    await commands.cancel_session(tx, actor, id, order.reason)
    answer = await queries.session(await listing.plain(tx), actor, id, permission="training:write")
    return await once.keep(tx, tagged(response, answer), 200)
