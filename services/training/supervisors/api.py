"""Supervisors over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.training_practice import (
    NominateSupervisor,
    Step,
    SupervisorLevel,
    SupervisorOut,
    SupervisorState,
    SupervisorType,
    UpdateSupervisor,
)
from services.kernel import export, listing
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch
from services.training import examples, exports
from services.training.asking import On, PersonId, Reading, Text, Within, Writing, tagged, unless_known
from services.training.supervisors import commands, queries
from services.training.supervisors.queries import Sought
from services.training.supervisors.rules import MOVES

router = APIRouter(tags=["督导"])
Counted = Annotated[bool | None, Query(description="当日在聘且在聘期内")]
WRITE = "training:write"
SAID = {
    "review": "审核提名。",
    "publicise": "公示。",
    "appoint": "聘任，自生效日和聘期起始日两者中较晚的一天起计入数量。",
    "suspend": "暂停，须写明理由。",
    "resume": "恢复。",
    "dismiss": "解聘，须写明理由。",
}


async def _sought(
    q: Text = None,
    type: SupervisorType | None = None,
    level: SupervisorLevel | None = None,
    state: SupervisorState | None = None,
    counted: Counted = None,
    person_id: PersonId = None,
    sort: queries.Sort = queries.Sort.DIVISION,
) -> Sought:
    return Sought(q=q, type=type, level=level, state=state, counted=counted, person_id=person_id, sort=sort)


Filter = Annotated[Sought, Depends(_sought)]


@router.get("/supervisors", responses=examples.page(examples.SUPERVISOR_OUT))
async def list_supervisors(
    actor: Reading, db: Hot, on: On, sought: Filter, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[SupervisorOut]:
    """管辖范围内的督导聘任；状态是当日的。"""
    within = await listing.scope(db, actor, "training:read", division)
    return await queries.supervisors(db, actor, sought, within=within, on=on, limit=limit, cursor=cursor)


@router.get("/supervisors/export", responses=export.FILE)
async def export_supervisors(
    request: Request,
    actor: Reading,
    on: On,
    sought: Filter,
    division: Within = None,
    format: export.As = export.Format.XLSX,
) -> Response:
    """同样的列表，作为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[SupervisorOut]:
        within = await listing.scope(db, actor, "training:read", division)
        return await queries.supervisors(db, actor, sought, within=within, on=on, limit=export.AT_ONCE, cursor=cursor)

    criteria = {**exports.criteria(division, sought), "日期": on}
    return await export.exported(request, actor, exports.SUPERVISORS, pages, format, criteria)


@router.post(
    "/supervisors",
    status_code=201,
    responses=examples.answer(examples.SUPERVISOR_OUT, 201),
    openapi_extra=examples.asked(examples.NEW_SUPERVISOR),
)
async def nominate_supervisor(
    order: NominateSupervisor, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> SupervisorOut:
    """提名督导；不填聘期止时按三年计。"""
    await once.begin(tx, actor)
    nominated = await commands.nominate(tx, actor, order, today)
    answer = await queries.supervisor(await listing.plain(tx), actor, nominated.id, on=today, permission=WRITE)
    return await once.keep(tx, tagged(response, answer))


@router.get("/supervisors/{id}", response_model=SupervisorOut, responses=examples.answer(examples.SUPERVISOR_OUT))
async def read_supervisor(
    id: UUID, request: Request, actor: Reading, db: Hot, on: On, response: Response
) -> SupervisorOut | Response:
    """一份督导聘任在某一天的情况、历次变动和提示。"""
    return unless_known(request, response, await queries.supervisor(db, actor, id, on=on))


@router.patch(
    "/supervisors/{id}",
    responses=examples.answer(examples.SUPERVISOR_OUT),
    openapi_extra=examples.asked(examples.CHANGED_SUPERVISOR),
)
async def change_supervisor(
    id: UUID,
    order: UpdateSupervisor,
    actor: Writing,
    tx: Tx,
    today: Today,
    response: Response,
    if_match: IfMatch = None,
) -> SupervisorOut:
    """更正聘任信息，须带 If-Match；聘任之后级别和聘期不能改。"""
    await commands.change(tx, actor, id, order, if_match)
    answer = await queries.supervisor(await listing.plain(tx), actor, id, on=today, permission=WRITE)
    return tagged(response, answer)


Move = Callable[[UUID, Step, Writing, Tx, OnceOnly, Today, Response], Awaitable[SupervisorOut]]


def moving(verb: str) -> Move:
    """The endpoint of one verb."""

    async def move(
        id: UUID, order: Step, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
    ) -> SupervisorOut:
        await once.begin(tx, actor)
        await commands.move(tx, actor, id, verb, order, today)
        answer = await queries.supervisor(await listing.plain(tx), actor, id, on=today, permission=WRITE)
        return await once.keep(tx, tagged(response, answer), 200)

    return move


for verb in MOVES:
    router.add_api_route(
        f"/supervisors/{{id}}/{verb}",
        moving(verb),
        methods=["POST"],
        name=f"{verb}_supervisor",
        description=SAID[verb],
        responses=examples.answer(examples.SUPERVISOR_OUT),
        openapi_extra=examples.asked(examples.STEP),
    )
