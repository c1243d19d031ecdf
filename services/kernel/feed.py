"""What a service says to the others: dated facts per subject, and events, written with the change they tell of.

Rows are stamped with the number of their transaction and served in order (epoch, xact, seq), only below the horizon:
the smallest transaction still writing in this database. A plain sequence would lose rows (architecture §4).
"""

import asyncio
import re
import time
from collections.abc import Sequence
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import EventPage, Fact, SubjectPage, SubjectState
from services.kernel.actor import Actor, calling_service
from services.kernel.db import database_of, run
from services.kernel.errors import FeedRestarted, Unprocessable
from services.kernel.log import request_id
from services.kernel.tables import CURRENT_XACT


def feed_tables(metadata: MetaData) -> None:
    """The tables `subject` (latest state) and `event` (append-only), and the epoch."""
    for name, columns in {
        "subject": [
            Column("subject", Text(collation="C"), primary_key=True),
            Column("facts", JSONB, nullable=False),
            Column("record", JSONB),
        ],
        "event": [
            Column("id", UUID, primary_key=True, server_default=text("uuidv7()")),
            Column("at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
            Column("actor", Text, nullable=False),
            Column("request_id", Text),
            Column("kind", Text, nullable=False),
            Column("subject", Text(collation="C"), nullable=False),
            Column("body", JSONB, nullable=False),
        ],
    }.items():
        table = Table(
            name,
            metadata,
            *columns,
            Column("epoch", Integer, nullable=False, server_default=text("feed_epoch()")),
            Column("xact", BigInteger, nullable=False, server_default=CURRENT_XACT),
            Column("seq", BigInteger, Identity(), nullable=False),
        )
        Index(None, table.c.epoch, table.c.xact, table.c.seq)
    Index(None, metadata.tables["event"].c.subject)
    Table("feed_epoch", metadata, Column("epoch", Integer, primary_key=True))


# Run one by one by the first migration of each service, before its tables.
FUNCTIONS = (
    "create table feed_epoch (epoch integer not null, constraint pk_feed_epoch primary key (epoch))",
    "insert into feed_epoch values (1)",
    "create function feed_epoch() returns integer language sql stable as 'select max(epoch) from feed_epoch'",
    """
create function feed_horizon() returns bigint language sql stable security definer set search_path = pg_catalog as $$
  with s as (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as top)
  select least(s.top, min(x.full_id)) from s left join (
    select case when wide > s.top + 2147483648 then wide - 4294967296 else wide end as full_id
    from s, pg_stat_activity a, lateral (select (s.top >> 32 << 32) | a.backend_xid::text::bigint as wide) w
    where a.datname = current_database() and a.backend_xid is not null) x on true
  group by s.top $$""",
)

PUBLISH_ROWS = """
insert into subject (subject, facts, record)
select s, cast(f as jsonb), cast(r as jsonb)
from unnest(cast($1 as text[]), cast($2 as text[]), cast($3 as text[])) t(s, f, r) order by s
on conflict (subject) do update
set facts = excluded.facts, record = excluded.record, epoch = excluded.epoch, xact = excluded.xact, seq = excluded.seq
where (subject.facts, subject.record) is distinct from (excluded.facts, excluded.record)"""
PUBLISH = text(PUBLISH_ROWS.replace("$1", ":subjects").replace("$2", ":facts").replace("$3", ":records"))
RECORD = text("""
select record_events(
  :actor, :request_id, cast(:kinds as text[]), cast(:subjects as text[]), cast(:bodies as text[]))""")
# The writing role may insert no event itself: when, in which transaction and epoch, the function alone says. Its owner
# is a role that nobody can sign in as (deploy/local/databases).
RECORD_EVENTS = """
create function record_events(actor text, request_id text, kinds text[], subjects text[], bodies text[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into event (actor, request_id, kind, subject, body)
  select record_events.actor, record_events.request_id, k, s, b::jsonb
  from unnest(kinds, subjects, bodies) t(k, s, b) $$"""


def dumped(value: object) -> str:
    return orjson.dumps(value).decode()


async def publish(tx: AsyncSession, subject: str, facts: Sequence[Fact], record: BaseModel | None) -> None:
    """Replace all that this subject said before; no facts and no record: it never was."""
    state = SubjectState(
        subject=subject, facts=list(facts), record=None if record is None else record.model_dump(mode="json")
    )
    await publish_all(tx, [state])


async def publish_all(tx: AsyncSession, states: Sequence[SubjectState]) -> None:
    """The same for many, in one statement. What did not change is not said again."""
    if not states:
        return
    await tx.flush()
    await run(tx, PUBLISH, arrays_of(states))
    tx.info["published"] = True


async def publish_over(db: asyncpg.Connection, states: Sequence[SubjectState]) -> None:
    """The same inside the transaction of a consumer: what follows from another service's word."""
    if states:
        await db.execute(PUBLISH_ROWS, *arrays_of(states).values())


def arrays_of(states: Sequence[SubjectState]) -> dict[str, list[Any]]:
    return {
        "subjects": [s.subject for s in states],
        "facts": [dumped([f.model_dump(mode="json", exclude_defaults=True) for f in s.facts]) for s in states],
        "records": [None if s.record is None else dumped(s.record) for s in states],
    }


async def record(tx: AsyncSession, actor: Actor, subject: str, event: BaseModel) -> None:
    """Record one thing done (audit and feed in one row); it commits, or not, with the change."""
    await record_all(tx, actor, [(subject, event)])


async def record_all(tx: AsyncSession, actor: Actor, events: Sequence[tuple[str, BaseModel]]) -> None:
    if not events:
        return
    await tx.flush()
    arrays = {
        "actor": actor.id,
        "request_id": request_id.get(),
        "kinds": [type(e).__name__ for _, e in events],
        "subjects": [s for s, _ in events],
        "bodies": [e.model_dump_json() for _, e in events],
    }
    await run(tx, RECORD, arrays)
    tx.info["published"] = True


# ── serving ──────────────────────────────────────────────────────────────────────────────────────────────────────────
READY = """
select {columns}, epoch, xact, seq from {table}
where (epoch, xact, seq) > ($1, $2, $3) and (epoch < $4 or xact < $5) order by epoch, xact, seq limit $6"""
SUBJECTS = READY.format(table="subject", columns="subject, facts, record")
EVENTS = READY.format(table="event", columns="id, at, actor, kind, subject, body")
HORIZON = "select feed_epoch() as epoch, feed_horizon() as horizon"
START = (0, 0, 0)
CURSOR = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,18}\.[0-9]{1,18}")


class Bell:
    """Wakes the readers that wait in this process. Those of another replica look again every quarter of a second."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()

    def ring(self) -> None:
        self.rung.set()
        self.rung = asyncio.Event()


def position(after: str, epoch: int) -> tuple[int, int, int]:
    """Where a cursor stands. It names the epoch of its feed; one of another epoch is of no use any more."""
    if not after:
        return START
    if not CURSOR.fullmatch(after):
        raise Unprocessable("游标格式不对，请使用上一页答复中的 next，或留空从头读取。", code="bad_cursor")
    issued, e, x, s = map(int, after.split("."))
    if issued != epoch:
        raise FeedRestarted("数据流已在恢复或迁移后重新开始，请不带游标从头读取。", code="feed_restarted")
    return e, x, s


async def ready_rows(db: asyncpg.Connection, sql: str, after: str, limit: int) -> tuple[list[asyncpg.Record], str]:
    """Rows that can no longer be overtaken, and the cursor behind them. The horizon is read before the rows."""
    [limits] = await db.fetch(HORIZON)
    epoch, horizon = limits["epoch"], limits["horizon"]
    rows = await db.fetch(sql, *position(after, epoch), epoch, horizon, limit)
    if not rows:
        return [], after
    last = rows[-1]
    return rows, f"{epoch}.{last['epoch']}.{last['xact']}.{last['seq']}"


async def long_poll(request: Request, sql: str, after: str, limit: int, wait: float) -> tuple[list[Any], str]:
    """What is ready, or, after at most `wait` seconds, nothing. No connection is held while waiting."""
    until = time.monotonic() + wait
    while True:
        bell = request.app.state.bell.rung
        async with database_of(request).hot() as db:
            rows, after = await ready_rows(db, sql, after, limit)
        left = until - time.monotonic()
        if rows or left <= 0 or await request.is_disconnected():
            return rows, after
        try:  # another replica's commit, or a horizon held back, rings no bell here: look again soon
            await asyncio.wait_for(bell.wait(), min(left, 0.25))
        except TimeoutError:
            continue


router = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Depends(calling_service)])
After = Annotated[str, Query(max_length=100)]
Many = Annotated[int, Query(ge=1, le=5000)]
Wait = Annotated[float, Query(ge=0, le=25)]


@router.get("/subjects", response_model=SubjectPage)
async def subjects(request: Request, after: After = "", limit: Many = 1000, wait: Wait = 0) -> Response:
    rows, following = await long_poll(request, SUBJECTS, after, limit, wait)
    items = [{"subject": r["subject"], "facts": fragment(r["facts"]), "record": fragment(r["record"])} for r in rows]
    return answer(items, following, limit)


@router.get("/events", response_model=EventPage)
async def events(request: Request, after: After = "", limit: Many = 1000, wait: Wait = 0) -> Response:
    rows, following = await long_poll(request, EVENTS, after, limit, wait)
    items = [
        {**{k: r[k] for k in ("at", "actor", "kind", "subject")}, "id": str(r["id"]), "body": fragment(r["body"])}
        for r in rows
    ]
    return answer(items, following, limit)


def fragment(json: str | None) -> orjson.Fragment | None:
    """JSON that the database made, passed on as it is."""
    return None if json is None else orjson.Fragment(json)


def answer(items: list[dict[str, object]], following: str, limit: int) -> Response:
    body = orjson.dumps({"items": items, "next": following, "done": len(items) < limit})
    return Response(body, media_type="application/json")


async def new_epoch(url: str) -> int:
    """After a restore: transaction numbers start anew, so consumers must read from the start."""
    db = await asyncpg.connect(url)
    try:
        return int(await db.fetchval("insert into feed_epoch select max(epoch) + 1 from feed_epoch returning epoch"))
    finally:
        await db.close()
