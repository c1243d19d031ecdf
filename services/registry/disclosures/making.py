"""The making of an approved file, by the worker of the queue: begun anew when a process died in its middle."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure import CLEAR_COLUMNS, DisclosureColumn, PeopleFilter
from services.contracts.disclosure_events import DisclosureMade
from services.kernel import clock
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.kernel.db import Database, copy_rows, everywhere, run
from services.kernel.errors import DomainError
from services.kernel.feed import record
from services.kernel.jobs import passing
from services.kernel.scope import EVERYWHERE, Scope, scope_of
from services.registry import listing
from services.registry.disclosures import queries, rules, sheet
from services.registry.disclosures.commands import place, subject
from services.registry.disclosures.models import Disclosure
from services.registry.keys.opening import open_people
from services.registry.people.queries import people
from services.registry.reveals.queries import restricted

log = logging.getLogger("disclosures")
AT_ONCE = 500
WHY = "the worker makes anybody's file, within the areas that its requester held"
BUG = "系统内部错误，已记录，没有生成文件。请重新申请，如仍出现请告诉运维人员。"
ONE = text("select * from disclosure where id = :id and state = 'making'")
DONE = text("""
update disclosure set state = 'ready', expires_at = :expires where id = :id and state = 'making'""")
FAILED = text("update disclosure set state = 'failed', failure = :why where id = :id and state = 'making'")
KEEP = text("insert into disclosure_file (disclosure_id, sealed) values (:id, :sealed)")
REVEAL = ("at", "actor", "person_id", "division", "purpose", "reason", "fields", "disclosure_id")


async def make(app: FastAPI, id: UUID) -> None:
    database: Database = app.state.database
    async with database.writing.begin() as tx, everywhere(tx, WHY):
        found = (await run(tx, ONE, {"id": id})).one_or_none()
    if found is None:
        return
    disclosure = Disclosure.model_validate(dict(found._mapping))
    try:
        await finish(app, disclosure)
    except DomainError as refusal:
        await fail(database, id, refusal.detail)
    except Exception as error:
        if passing(error):
            raise
        log.exception("an export failed")
        await fail(database, id, BUG)


async def fail(database: Database, id: UUID, why: str) -> None:
    async with database.writing.begin() as tx, everywhere(tx, WHY):
        await run(tx, FAILED, {"id": id, "why": why})


async def finish(app: FastAPI, disclosure: Disclosure) -> None:
    """Everybody in it counts as seen as soon as the file is there."""
    database, vault, at = app.state.database, app.state.vault, clock.now()
    actor = Actor.model_validate(disclosure.actor)
    scope, listed = scope_of(actor, ["registry:export"]), list[sheet.Line]()
    mark = sheet.mark(disclosure, at, demo=app.state.settings.demo)
    async with app.state.workbooks:
        pages = noting(lines(database, scope, vault, actor, disclosure), listed, disclosure.rows)
        file = await sheet.written(disclosure, mark, pages)
    sealed = await asyncio.to_thread(vault.seal_bytes, file, place(disclosure.id))
    async with database.writing.begin() as tx, everywhere(tx, WHY):
        made = {"id": disclosure.id, "expires": at + rules.LINK}
        if (await run(tx, DONE, made)).rowcount != 1:
            return
        await run(tx, KEEP, {"id": disclosure.id, "sealed": sealed})
        await note_reveals(tx, disclosure, listed, at)
        await record(tx, actor, subject(disclosure.id), DisclosureMade(disclosure_id=disclosure.id, rows=len(listed)))
    app.state.bell.ring()


async def noting(
    pages: AsyncIterator[list[sheet.Line]], listed: list[sheet.Line], approved: int
) -> AsyncIterator[list[sheet.Line]]:
    async for page in pages:
        listed += [line.model_copy(update={"id_number": None, "phone": None}) for line in page]
        rules.check_grown(approved, len(listed))
        yield page


async def lines(
    database: Database, scope: Scope, vault: Vault, actor: Actor, disclosure: Disclosure
) -> AsyncIterator[list[sheet.Line]]:
    """Within the areas that the requester held; without those whose data is erased, or stored and no more (PI-07)."""
    asked = PeopleFilter.model_validate(disclosure.filter)
    on, cursor, sought = asked.on or clock.today(), None, queries.sought_of(asked)
    while True:
        async with database.hot(scope) as db:
            within = await listing.scope(db, actor, "registry:export", disclosure.division)
            page = await people(db, actor, sought, within=within, on=on, limit=AT_ONCE, cursor=cursor)
            ids = [p.id for p in page.items]
            opened = await open_people(db, vault, ids)
        async with database.hot(EVERYWHERE) as db:
            barred = await restricted(db, ids)
        shown = [p for p in page.items if p.id not in barred and p.id in opened and opened[p.id].id_number is not None]
        yield [sheet.Line(person=p, id_number=opened[p.id].id_number, phone=opened[p.id].phone) for p in shown]
        cursor = page.next
        if cursor is None:
            return


async def note_reveals(tx: AsyncSession, disclosure: Disclosure, listed: list[sheet.Line], at: datetime) -> None:
    """Who saw whom, of every person in the file (PI-13)."""
    fields = [CLEAR_COLUMNS[c].value for c in map(DisclosureColumn, disclosure.columns) if c in CLEAR_COLUMNS]
    if not fields:
        return
    d = disclosure
    rows = [(at, d.requested_by, x.person.id, x.person.division, d.purpose, d.reason, fields, d.id) for x in listed]
    await copy_rows(tx, "reveal", REVEAL, rows)
