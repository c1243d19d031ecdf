"""Machine clients as an administrator sees them: no secret, no hash."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.areas import GRANTING, LOOKING, area_of, reaches_all
from gateway.identity.clients import rules
from gateway.identity.clients.models import ClientChange
from gateway.identity.models import MachineClient
from gateway.identity.queries import division_names
from services.contracts.administration import PlaceOut
from services.contracts.clients import ClientChangeOut, ClientDetail, ClientOut, ClientState
from services.kernel.actor import Actor
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions, Key, literally, page
from services.kernel.paging import Page

NO_CLIENT = "没有这个对接系统，请核对 client_id。"
CHANGES = 100
KEY: Key = [("c.id", str)]
STATE = """case when c.disabled_at is not null then case when h.kind = 'create' then 'pending' else 'disabled' end
                when c."end" <= $1 then 'ended' else 'in_force' end"""
WAITING = """((h.id is not null)::int
  + (select count(*) from client_key k where k.client_id = c.id and k.pending and k.retired_at is null))"""
CLIENTS = f"""
select c.id, c.name, c.contact, c.scopes, c.divisions, c."end", c.disabled_at, c.version, {STATE} as state,
       c.secret_hash is not null as has_secret, u.at as last_used_at, {WAITING} as waiting,
       (select count(*) from client_key k where k.client_id = c.id and not k.pending and k.retired_at is null) as keys
       {{keys}}
from machine_client c left join client_use u on u.client_id = c.id
left join client_change h on h.client_id = c.id and h.pending {{rows}}"""


async def clients(
    db: asyncpg.Connection, actor: Actor, today: date, *, search: str | None, state: ClientState | None,
    waiting: bool | None, cursor: str | None, limit: int,
) -> Page[ClientOut]:  # fmt: skip
    conditions = seen_by(actor, today)
    if search is not None:
        part = f"%{literally(search)}%"
        conditions.add("(c.name ilike {} or c.id ilike {})", part, part)
    if state is not None:
        conditions.add(f"({STATE}) = {{}}", state.value)
    if waiting is not None:
        conditions.add(f"({WAITING} > 0) = {{}}", waiting)
    found = await page(db, CLIENTS, conditions, key=KEY, cursor=cursor, limit=limit, made=of_row)
    return Page(items=await named(db, found.items), next=found.next)


def seen_by(actor: Actor, today: date) -> Conditions:
    """Of CLIENTS, with its first parameter."""
    conditions = Conditions()
    conditions.value(today)
    conditions.parts.append(area_of(actor, LOOKING, conditions).holds("c.divisions"))
    return conditions


def of_row(row: asyncpg.Record) -> ClientOut:
    return ClientOut(**{field: row[field] for field in ClientOut.model_fields if field != "places"})


async def named(db: asyncpg.Connection, shown: Sequence[ClientOut]) -> list[ClientOut]:
    """With one question for the divisions of all of them."""
    places = await places_of(db, (code for client in shown for code in client.divisions))
    return [c.model_copy(update={"places": [places[d] for d in c.divisions]}) for c in shown]


async def places_of(db: asyncpg.Connection, codes: Iterable[str]) -> dict[str, PlaceOut]:
    """One that coverage has not heard of is called by its code."""
    wanted = sorted(set(codes))
    known = await division_names(db, wanted)
    return {code: PlaceOut(code=code, name=known[code][0] if code in known else code) for code in wanted}


async def detail(db: asyncpg.Connection, orm: AsyncSession, actor: Actor, id: str, today: date) -> ClientDetail:
    """`orm` and `db` may be one connection, in the transaction that has changed it."""
    conditions = seen_by(actor, today)
    conditions.add("c.id = {}", id)
    row = await db.fetchrow(CLIENTS.format(keys="", rows=f"where {conditions.sql()}"), *conditions.parameters)
    if row is None:
        raise NotFound(NO_CLIENT)
    client, changes = of_row(row), await changes_of(orm, id)
    places = await places_of(db, [*client.divisions, *(d for change in changes for d in change.divisions)])
    reached = reaches_all(actor, client.divisions)
    may = rules.may_of(client.state, waits=any(change.pending for change in changes), reached=reached)
    told = [change_out(change, actor, places, reached=reached) for change in changes]
    own = [places[d] for d in client.divisions]
    return ClientDetail(**{**client.model_dump(), "places": own}, changes=told, may=may)


def change_out(change: ClientChange, actor: Actor, places: Mapping[str, PlaceOut], *, reached: bool) -> ClientChangeOut:
    reached = reached and change.pending and reaches_all(actor, change.divisions)
    may = rules.may_decide(actor, change.entered_by, reached=reached)
    return ClientChangeOut(**change.model_dump(), places=[places[d] for d in change.divisions], may=may)


async def changes_of(db: AsyncSession, client: str) -> Sequence[ClientChange]:
    own = select(ClientChange).where(ClientChange.client_id == client).order_by(col(ClientChange.id).desc())
    return (await db.exec(own.limit(CHANGES))).all()


async def client_to_change(tx: AsyncSession, actor: Actor, id: str) -> MachineClient:
    """By who administers all the divisions in which it holds."""
    actor.require(GRANTING)
    found = await tx.get(MachineClient, id, with_for_update=True)
    if found is None or not reaches_all(actor, found.divisions):
        raise NotFound(NO_CLIENT)
    return found


async def divisions_of(db: asyncpg.Connection, actor: Actor, id: str) -> list[str]:
    """Where it holds; 404 for a client elsewhere as for one that there is not."""
    conditions = Conditions()
    conditions.add("c.id = {}", id)
    conditions.parts.append(area_of(actor, LOOKING, conditions).holds("c.divisions"))
    found = await db.fetchval(
        f"select c.divisions from machine_client c where {conditions.sql()}", *conditions.parameters
    )  # fmt: skip
    if found is None:
        raise NotFound(NO_CLIENT)
    return list(found)


async def change_that_waits(tx: AsyncSession, client: str) -> ClientChange | None:
    """At most one: the database sees to it."""
    waiting = select(ClientChange).where(ClientChange.client_id == client, col(ClientChange.pending))
    return (await tx.exec(waiting.with_for_update())).first()


async def change_to_decide(tx: AsyncSession, client: str, id: UUID) -> ClientChange:
    found = await tx.get(ClientChange, id, with_for_update=True)
    if found is None or found.client_id != client:
        raise NotFound("没有这项变更，请刷新后查看。")
    return found
