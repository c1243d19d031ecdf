"""A service about nothing in particular: routes on which the kernel's promises are tried."""

import asyncio
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from sqlalchemy import text

from services.contracts.text import Name, Note
from services.kernel import feed
from services.kernel.actor import Actor, Requires
from services.kernel.app import make_app
from services.kernel.db import Database, Hot, Reader, Tx, run
from services.kernel.idempotency import OnceOnly
from services.kernel.settings import Settings
from tests.behind import Behind, own
from tests.conftest import ROOT
from tests.keys import keyring

PROBE = """
create table if not exists probe (id bigint generated always as identity primary key, name text not null,
  once text unique deferrable initially deferred)"""


class Noted(BaseModel):
    note: str


class Thing(BaseModel, extra="forbid"):
    name: Name
    amount: Decimal = Decimal(0)
    note: Note = ""
    count: int = 0


router = APIRouter()
Writer = Annotated[Actor, Requires("registry:write")]
INSERT = text("insert into probe (name, once) values (:name, :once)")


@router.post("/things", status_code=201)
async def make(thing: Thing, actor: Writer, tx: Tx) -> Thing:
    await run(tx, INSERT, {"name": thing.name, "once": thing.note or None})
    return thing


@router.post("/things/once", status_code=201)
async def make_once(thing: Thing, actor: Writer, tx: Tx, once: OnceOnly) -> Thing:
    await once.begin(tx, actor, required=True)
    await run(tx, INSERT, {"name": thing.name, "once": None})
    return await once.keep(tx, thing)


@router.get("/writes/by-session")
async def write_by_session(reader: Reader) -> None:
    await run(reader, INSERT, {"name": "x", "once": None})


@router.get("/writes/by-connection")
async def write_by_connection(db: Hot) -> None:
    await db.execute("insert into probe (name) values ('x')")


@router.get("/slow")
async def slow() -> None:
    await asyncio.sleep(10)


@router.get("/broken")
async def broken(request: Request) -> None:
    raise ZeroDivisionError("the secret")


def a_probe(database: Database | None) -> FastAPI:
    database = own(database) if isinstance(database, Behind) else database
    settings = Settings(keys=ROOT, body_limit=2048, upload_limit=4096)
    return make_app("training", router, feed.router, settings=settings, keyring=keyring("training"), database=database)
