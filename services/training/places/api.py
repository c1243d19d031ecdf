"""Training bases and internship sites over HTTP: the same addresses for both kinds."""

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.training_practice import ApplyPlace, PlaceKind, PlaceOut, PlaceState, Step, UpdatePlace
from services.kernel import export, listing
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch
from services.training import examples, exports
from services.training.asking import On, Reading, Text, Within, Writing, tagged, unless_known
from services.training.places import commands, queries
from services.training.places.queries import Sought
from services.training.places.rules import MOVES

WRITE = "training:write"
Counted = Annotated[bool | None, Query(description="当日已挂牌且协议在有效期内")]
SAID = {
    "check-site": "登记实地考察。",
    "approve": "批准挂牌，挂牌且协议在有效期内的计入数量。",
    "suspend": "暂停，须写明理由。",
    "resume": "恢复。",
    "withdraw": "撤销，须写明理由。",
}


class Called(NamedTuple):
    """What a kind is called in addresses, in operations and by people."""

    path: str
    one: str
    name: str


CALLED = {
    PlaceKind.BASE: Called("bases", "base", "实训基地"),
    PlaceKind.SITE: Called("sites", "site", "实习点"),
}


async def _sought(q: Text = None, state: PlaceState | None = None, counted: Counted = None) -> Sought:
    return Sought(q=q, state=state, counted=counted)


Filter = Annotated[Sought, Depends(_sought)]
Move = Callable[[UUID, Step, Writing, Tx, OnceOnly, Today, Response], Awaitable[PlaceOut]]
EXAMPLES = {
    kind: {**examples.PLACE, "kind": kind.value, "name": f"演示{called.name}"} for kind, called in CALLED.items()
}


def reading(router: APIRouter, kind: PlaceKind) -> None:
    """Lists and single records of a kind."""
    path, one, name = CALLED[kind]
    shown = EXAMPLES[kind]

    @router.get(f"/{path}", name=f"list_{path}", description=f"管辖范围内的{name}。", responses=examples.page(shown))
    async def list_places(
        actor: Reading, db: Hot, on: On, sought: Filter, division: Within = None, limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[PlaceOut]:  # fmt: skip
        within = await listing.scope(db, actor, "training:read", division)
        return await queries.places(db, actor, kind, sought, within=within, on=on, limit=limit, cursor=cursor)

    @router.get(f"/{path}/export", name=f"export_{path}", description="同样的列表，作为文件。", responses=export.FILE)
    async def export_places(
        request: Request, actor: Reading, on: On, sought: Filter, division: Within = None,
        format: export.As = export.Format.XLSX,
    ) -> Response:  # fmt: skip
        async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[PlaceOut]:
            within = await listing.scope(db, actor, "training:read", division)
            return await queries.places(
                db, actor, kind, sought, within=within, on=on, limit=export.AT_ONCE, cursor=cursor
            )

        criteria = {**exports.criteria(division, sought), "日期": on}
        return await export.exported(request, actor, exports.places(path, name), pages, format, criteria)

    @router.get(
        f"/{path}/{{id}}", name=f"read_{one}", description=f"一个{name}在某一天的情况、历次变动和提示。",
        response_model=PlaceOut, responses=examples.answer(shown),
    )  # fmt: skip
    async def read_place(
        id: UUID, request: Request, actor: Reading, db: Hot, on: On, response: Response
    ) -> PlaceOut | Response:
        return unless_known(request, response, await queries.place(db, actor, kind, id, on=on))


def writing(router: APIRouter, kind: PlaceKind) -> None:
    """Applications, corrections and changes of state of a kind."""
    path, one, name = CALLED[kind]
    shown = EXAMPLES[kind]

    @router.post(
        f"/{path}", name=f"apply_{one}", description=f"申报{name}。", status_code=201,
        responses=examples.answer(shown, 201), openapi_extra=examples.asked(examples.NEW_PLACE),
    )  # fmt: skip
    async def apply_place(
        order: ApplyPlace, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
    ) -> PlaceOut:
        await once.begin(tx, actor)
        applied = await commands.apply(tx, actor, kind, order, today)
        answer = await queries.place(await listing.plain(tx), actor, kind, applied.id, on=today, permission=WRITE)
        return await once.keep(tx, tagged(response, answer))

    @router.patch(
        f"/{path}/{{id}}", name=f"change_{one}", description=f"更正{name}信息，须带 If-Match。",
        responses=examples.answer(shown), openapi_extra=examples.asked(examples.CHANGED_PLACE),
    )  # fmt: skip
    async def change_place(
        id: UUID, order: UpdatePlace, actor: Writing, tx: Tx, today: Today, response: Response, if_match: IfMatch = None
    ) -> PlaceOut:
        await commands.change(tx, actor, kind, id, order, if_match)
        answer = await queries.place(await listing.plain(tx), actor, kind, id, on=today, permission=WRITE)
        return tagged(response, answer)

    for verb in MOVES:
        router.add_api_route(
            f"/{path}/{{id}}/{verb}", moving(kind, verb), methods=["POST"],
            name=f"{verb.replace('-', '_')}_{one}", description=SAID[verb],
            responses=examples.answer(shown), openapi_extra=examples.asked(examples.STEP),
        )  # fmt: skip


def moving(kind: PlaceKind, verb: str) -> Move:
    """The endpoint of one verb."""

    async def move(
        id: UUID, order: Step, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
    ) -> PlaceOut:
        await once.begin(tx, actor)
        await commands.move(tx, actor, kind, id, verb, order, today)
        answer = await queries.place(await listing.plain(tx), actor, kind, id, on=today, permission=WRITE)
        return await once.keep(tx, tagged(response, answer), 200)

    return move


def router_of(kind: PlaceKind) -> APIRouter:
    router = APIRouter(tags=[CALLED[kind].name])
    reading(router, kind)
    writing(router, kind)
    return router


routers = [router_of(kind) for kind in PlaceKind]
