"""Small copies of what another service says of its records, kept by following its feed.

A service that must know a person's employer or a point's division keeps it here, by subject, and asks nobody. What it
says itself about such a subject may change with the copy: `react` is told in the transaction that changes it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import asyncpg
import httpx
import orjson
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import Boolean, Column, DateTime, Index, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import SubjectPage, SubjectState
from services.kernel.app import Task
from services.kernel.client import ServiceClient, http_client
from services.kernel.consumer import Apply, Follower
from services.kernel.db import everywhere_over, run

Record = TypeVar("Record", bound=BaseModel)
React = Callable[[asyncpg.Connection, Sequence[str]], Awaitable[None]]
Restarted = Callable[[asyncpg.Connection], Awaitable[None]]


class Source(NamedTuple):
    """Whose feed is followed, what it is called in a refusal, and where it answers."""

    name: str
    called: str
    address: str


# The streets of a zone are asked for with every list.
IN_A_ZONE = "record->>'tier' = 'street'"


def copies_tables(metadata: MetaData) -> None:
    """`known_subject`, and where each feed was left."""
    Table(
        "known_subject",
        metadata,
        Column("subject", Text(collation="C"), primary_key=True),
        Column("record", JSONB, nullable=False),
        Column("gone", Boolean, nullable=False, server_default=text("false")),
        Index("ix_known_subject_zone", text("(record->>'zone')"), postgresql_where=text(IN_A_ZONE)),
    )
    cursor_tables(metadata)


def cursor_tables(metadata: MetaData) -> None:
    """Where each feed was left, and what could not be taken in; for whoever keeps what it hears in its own way."""
    Table(
        "feed_cursor",
        metadata,
        Column("source", Text, primary_key=True),
        Column("position", Text, nullable=False, server_default=text("''")),
        Column("followed_at", DateTime(timezone=True)),
        Column("silent_since", DateTime(timezone=True)),
    )
    Table(
        "feed_parked",
        metadata,
        Column("source", Text, primary_key=True),
        Column("subject", Text, primary_key=True),
        Column("item", JSONB, nullable=False),
        Column("reason", Text, nullable=False),
        Column("parked_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    )


# A tombstone says that the subject never was: nothing is left of its record, and nothing counts for it any more.
KEEP = """
insert into known_subject (subject, record, gone)
select s, coalesce(r::jsonb, '{}'), r is null
from unnest($1::text[], $2::text[]) t(s, r) order by s
on conflict (subject) do update
set record = excluded.record, gone = excluded.gone
where (known_subject.gone, known_subject.record) is distinct from (excluded.gone, excluded.record)
returning subject"""
FIND = text("""
select subject, record from known_subject where subject = any(:subjects) and not gone and not record ? 'merged_into'""")
# A record may say that its subject is another one by now (`merged_into`), whose own names it (`merged`): what was kept
# for either is the other's too. `k` is the copy, `n` that of the one it is now.
NOW = """
left join known_subject n on n.subject = split_part(k.subject, ':', 1) || ':' || (k.record->>'merged_into')"""
TOGETHER = f"""
select distinct t.now, t.was from (
  select coalesce(n.subject, k.subject) as now, coalesce(n.record, k.record)->'merged' as ids, k.subject as was
  from known_subject k {NOW} where k.subject = any($1::text[])) f
cross join lateral (
  values (f.now, f.now), (f.now, f.was)
  union all select f.now, split_part(f.now, ':', 1) || ':' || m
  from jsonb_array_elements_text(coalesce(f.ids, '[]')) m) t(now, was)
order by 1, 2"""
# In one order, so that two who change what is said of the same subjects wait for each other and do not block.
HOLD = text(f"{FIND.text} order by subject for update")


def follower(
    source: Source,
    app: FastAPI,
    http: httpx.AsyncClient,
    apply: Apply[SubjectState],
    restarted: Restarted | None = None,
) -> Follower[SubjectState]:
    """The subjects of a source, taken in by `apply`; `restarted` forgets what it has heard so far."""
    return Follower(
        source.name, SubjectPage, "/internal/subjects", ServiceClient(source.called, http), app.state.keyring,
        app.state.database, apply, restarted,
    )  # fmt: skip


def heard(source: Source, apply: Apply[SubjectState], restarted: Restarted | None = None) -> Task:
    """A task beside the requests: follows the source for ever."""

    async def follow(app: FastAPI) -> None:
        async with http_client(source.address, connections=2) as http:
            await follower(source, app, http, apply, restarted).run(app)

    return follow


def following(source: Source, react: React | None = None) -> Task:
    """The same, keeping a copy of what each subject says."""
    return heard(source, copying(react))


def copying(react: React | None = None) -> Apply[SubjectState]:
    async def apply(db: asyncpg.Connection, items: Sequence[SubjectState]) -> None:
        changed = await keep(db, items)
        if react is not None and changed:
            async with everywhere_over(db, "another service's word may be about any division"):
                await react(db, changed)

    return apply


async def keep(db: asyncpg.Connection, items: Sequence[SubjectState]) -> list[str]:
    """Take over the latest word of each subject; the subjects of which something is new."""
    latest = {item.subject: item.record for item in items}
    records = [None if record is None else orjson.dumps(record).decode() for record in latest.values()]
    return [row["subject"] for row in await db.fetch(KEEP, list(latest), records)]


async def together(db: asyncpg.Connection, subjects: Sequence[str]) -> dict[str, str]:
    """All that are one and the same with any of these, themselves among them → which of them they are now."""
    found = {row["was"]: row["now"] for row in await db.fetch(TOGETHER, list(subjects))}
    return {**{subject: subject for subject in subjects}, **found}


async def known(tx: AsyncSession, kind: type[Record], subjects: Sequence[str]) -> dict[str, Record]:
    """The records of those subjects that are known and not gone."""
    return _typed(kind, (await run(tx, FIND, {"subjects": list(subjects)})).mappings().all())


async def held(tx: AsyncSession, kind: type[Record], subjects: Sequence[str]) -> dict[str, Record]:
    """The same, and nobody else changes them, or what is said of them, until this transaction ends."""
    return _typed(kind, (await run(tx, HOLD, {"subjects": list(subjects)})).mappings().all())


def _typed(kind: type[Record], rows: Sequence[Mapping[Any, Any]]) -> dict[str, Record]:
    return {row["subject"]: kind.model_validate(row["record"]) for row in rows}
