"""Attendances over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Request, Response

from services.contracts.training import (
    ApprovedAttendances,
    AttendanceOut,
    AttendanceState,
    Decide,
    EnterAttendances,
    EnteredAttendances,
)
from services.kernel import export, listing
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.paging import Cursor, Limit, Page
from services.training import examples, exports
from services.training.asking import PersonId, Reading, Within, Writing
from services.training.attendances import commands, queries
from services.training.attendances.queries import Sought
from services.training.attendances.rules import Act
from services.training.sessions.api import From, To

router = APIRouter(tags=["参训"])
SAID: dict[Act, str] = {
    Act.CONFIRM: "主办方确认自行申报的参训。",
    Act.APPROVE: "审核参训，此后计入学时。",
    Act.REJECT: "退回参训，须写明理由。",
    Act.REVERSE: "冲销已审核的参训，须写明理由；不再计入学时。",
}


async def _sought(
    session_id: UUID | None = None,
    person_id: PersonId = None,
    state: AttendanceState | None = None,
    start: From = None,
    end: To = None,
) -> Sought:
    listing.check_period(start, end)
    return Sought(session_id=session_id, person_id=person_id, state=state, start=start, end=end)


Filter = Annotated[Sought, Depends(_sought)]


@router.get("/attendances", responses=examples.page(examples.ATTENDED))
async def list_attendances(
    actor: Reading, db: Hot, sought: Filter, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[AttendanceOut]:
    """培训在管辖范围内、或人员在管辖范围内的参训记录，新登记的在前。"""
    areas = await listing.scope(db, actor, "training:read", division)
    return await queries.attendances(db, actor, sought, areas=areas, limit=limit, cursor=cursor)


@router.get("/attendances/export", responses=export.FILE)
async def export_attendances(
    request: Request,
    actor: Reading,
    sought: Filter,
    division: Within = None,
    format: export.As = export.Format.XLSX,
) -> Response:
    """同样的列表，作为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[AttendanceOut]:
        areas = await listing.scope(db, actor, "training:read", division)
        return await queries.attendances(db, actor, sought, areas=areas, limit=export.AT_ONCE, cursor=cursor)

    criteria = exports.criteria(division, sought)
    return await export.exported(request, actor, exports.ATTENDANCES, pages, format, criteria)


@router.get("/attendances/{id}", responses=examples.answer(examples.ATTENDED))
async def read_attendance(id: UUID, actor: Reading, db: Hot) -> AttendanceOut:
    """一条参训记录。"""
    return await queries.attendance(db, actor, id)


@router.post(
    "/sessions/{id}/attendances",
    status_code=201,
    responses=examples.answer(examples.ENTERED, 201),
    openapi_extra=examples.asked(examples.NEW_ATTENDANCES),
)
async def enter_attendances(
    id: UUID, order: EnterAttendances, actor: Writing, tx: Tx, once: OnceOnly, today: Today
) -> EnteredAttendances:
    """登记参训，一次最多 5000 行，须带 Idempotency-Key；有一行不对，全部不登记；已登记过的不重复计。"""
    await once.begin(tx, actor, required=True)
    return await once.keep(tx, await commands.enter(tx, actor, id, order, today))


@router.post("/sessions/{id}/attendances/approve", responses=examples.answer(examples.APPROVED))
async def approve_attendances(id: UUID, actor: Writing, tx: Tx, once: OnceOnly) -> ApprovedAttendances:
    """审核一期培训中主办方已确认的、本管辖范围内人员的全部参训。"""
    await once.begin(tx, actor)
    return await once.keep(tx, await commands.approve_session(tx, actor, id), 200)


Decision = Callable[[UUID, Decide, Writing, Tx, OnceOnly], Awaitable[AttendanceOut]]


def deciding(act: Act) -> Decision:
    """The endpoint of one verb."""

    async def decide(id: UUID, order: Decide, actor: Writing, tx: Tx, once: OnceOnly) -> AttendanceOut:
        await once.begin(tx, actor)
        await commands.decide(tx, actor, id, act, order.reason)
        answer = await queries.attendance(await listing.plain(tx), actor, id)
        return await once.keep(tx, answer, 200)

    return decide


for act in Act:
    router.add_api_route(
        f"/attendances/{{id}}/{act.value}",
        deciding(act),
        methods=["POST"],
        name=f"{act.value}_attendance",
        description=SAID[act],
        responses=examples.answer(examples.ATTENDED),
        openapi_extra=examples.asked(examples.DECISION),
    )
