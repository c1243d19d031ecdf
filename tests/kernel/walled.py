"""A table with policies, one below it, and routes that do with them what no route of ours should: no WHERE at all."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel
from sqlalchemy import text

from services.kernel.actor import Actor, Requires
from services.kernel.app import make_app
from services.kernel.db import Database, Hot, Reader, Tx, run
from services.kernel.row_security import walled, walled_by_parent
from services.kernel.settings import Settings
from tests.conftest import ROOT
from tests.keys import keyring

HISTORY = """
  id text not null, recorded_from timestamptz not null, recorded_to timestamptz,
  xact bigint not null default 0, row jsonb not null"""
TABLES = (
    """create table house (id uuid primary key default uuidv7(), division text collate "C" not null, name text)""",
    "create table door (id uuid primary key default uuidv7(), house_id uuid not null references house, name text)",
    f"create table house_history ({HISTORY})",
    f"create table door_history ({HISTORY})",
    *walled("house"),
    *walled_by_parent("door", "house"),
)
GONE = "drop table if exists door, house, door_history, house_history"

router = APIRouter()
Writer = Annotated[Actor, Requires("coordination:write")]
Reading = Annotated[Actor, Requires("coordination:read")]
ADD = text("insert into house (division, name) values (:division, :name) returning id")
ALL = "select name from house order by name"


class House(BaseModel):
    division: str
    name: str


@router.get("/houses")
async def houses(actor: Reading, db: Hot) -> list[str]:
    return [row["name"] for row in await db.fetch(ALL)]


@router.get("/houses/by-session")
async def houses_by_session(actor: Reading, db: Reader) -> list[str]:
    """A session may begin more than one transaction; each reaches the same."""
    before = (await run(db, text(ALL), {})).scalars().all()
    await db.rollback()
    again = (await run(db, text(ALL), {})).scalars().all()
    return [*before, *again]


@router.get("/houses/{how}")
async def in_a_bad_way(how: str, actor: Reading, db: Hot) -> None:
    if how == "broken":
        raise ZeroDivisionError
    if how == "wrong":
        await db.fetch("select 1/0")
    if how == "kept":
        await db.execute("select set_config('shegong.reads', repeat('0', 12) || repeat('9', 12), false)")
    if how == "slow":
        await db.fetch("select pg_sleep(0.2)", timeout=0.02)
    await asyncio.sleep(10 if how == "left" else 0)


@router.post("/houses", status_code=201)
async def add(house: House, actor: Writer, tx: Tx) -> UUID:
    return (await run(tx, ADD, house.model_dump())).scalar_one()


@router.post("/houses/{id}/move")
async def move(id: UUID, house: House, actor: Writer, tx: Tx) -> int:
    moved = text("update house set division = :division, name = :name where id = :id")
    return (await run(tx, moved, {"id": id, **house.model_dump()})).rowcount


@router.post("/houses/{id}/doors")
async def add_a_door(id: UUID, actor: Writer, tx: Tx) -> None:
    await run(tx, text("insert into door (house_id, name) values (:id, 'door')"), {"id": id})


@router.post("/events")
async def forge(actor: Writer, tx: Tx) -> None:
    await run(tx, text("insert into event (actor, kind, subject, body) values ('x', 'x', 'x', '{}')"), {})


def a_street(database: Database) -> FastAPI:
    settings = Settings(keys=ROOT)
    return make_app("coordination", router, settings=settings, keyring=keyring("coordination"), database=database)
