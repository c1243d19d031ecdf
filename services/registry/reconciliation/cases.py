"""Every question put to the cases of reconciliation and to the exports they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.national_statuses import NATIONAL_STATUS_NAMES, OUR_STATE_NAMES, NationalState, OurState
from services.contracts.reconciliation import (
    CaseOut,
    CaseState,
    CaseVersion,
    ComparedField,
    DifferenceKind,
    Side,
    SnapshotOut,
)
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.errors import NotFound
from services.kernel.listing import NOT_HERE, Conditions
from services.kernel.paging import Page
from services.registry.reconciliation import rules
from services.registry.reconciliation.models import ReconciliationCase

REVIEW, READ, WRITE = "registry:review", "registry:read", "registry:write"
# A page is chosen first; both sides are looked up for it alone.
SELECT = """
select k.id, k.number, k.division, d.name as division_name, k.management_number, k.certificate_id, c.person_id, k.kind,
  k.fields, k.state, k.opened_at, k.export_on, k.reopened, k.reason, k.until, k.application_id, k.decided_by,
  k.decided_at, k.closed_at, k.agreed_on, k.version,
  c.id as held, p.name as our_name, p.id_masked as our_id, c.level as our_level, c.approved_on as our_approved,
  t.start_on as our_start, t.end_on as our_end, l.our_state,
  e.number as entry, e.name, e.id_head, e.id_tail, e.level, e.status_word, l.national_state, e.approved_on,
  e.registered_on, e.end_on, e.body{keys}
from (select k.* from reconciliation_case k {rows}) k
join division d on d.code = k.division
left join certificate c on c.id = k.certificate_id left join person p on p.id = c.person_id
left join lateral (
  select r.start_on, r.end_on from registration r where r.certificate_id = c.id order by r.start_on desc limit 1) t
  on true
left join lateral (
  select l.snapshot_id, l.entry, l.our_state, l.national_state from reconciliation_line l where l.key = k.key limit 1) l
  on true
left join national_entry e on e.snapshot_id = l.snapshot_id and e.number = l.entry
{order}"""
OLDEST: listing.Key = [("k.opened_at", datetime.fromisoformat), ("k.id", UUID)]
HISTORY = """
select h.recorded_from, h.recorded_to, v.state, v.kind, v.fields, v.reason, v.until, v.decided_by, v.agreed_on,
  v.export_on{keys}
from reconciliation_case_history h
cross join lateral jsonb_populate_record(null::reconciliation_case, h.row) v {rows}"""
EXPORTS = """
select s.id, s.division, d.name as division_name, s.exported_on, s.file_name, s.rows, s.columns, s.made_at, s.made_by,
  s.compared_at, exists (select from reconciliation_line l where l.snapshot_id = s.id) or (
    s.compared_at is not null and not exists (select from national_snapshot n where n.division = s.division
      and (n.exported_on, n.id) > (s.exported_on, s.id))) as current{keys}
from national_snapshot s join division d on d.code = s.division {rows}"""


@dataclass(frozen=True)
class Sought:
    """What the queue is narrowed to. `due`: waits for somebody today; `older_than`: days."""

    kind: DifferenceKind | None = None
    state: CaseState | None = None
    unfinished: bool = False
    due: bool = False
    older_than: int | None = None


def made(row: asyncpg.Record, *, actor: Actor, today: date) -> CaseOut:
    kind, state = DifferenceKind(row["kind"]), CaseState(row["state"])
    fields = [ComparedField(f) for f in row["fields"]]
    decides = actor.reaches(REVIEW, row["division"])
    return CaseOut.model_validate({
        **row, "kind": kind, "state": state, "sentence": rules.sentence(kind, fields),
        "proposal": rules.PROPOSALS.get(kind), "next_step": rules.next_step(kind),
        "age_days": (today - business_date(row["opened_at"])).days, "ours": ours(row), "national": national(row),
        "may": rules.may(state, kind) if decides else [],
    })  # fmt: skip


def ours(row: asyncpg.Record) -> Side | None:
    if row["held"] is None:
        return None
    state = row["our_state"]
    return Side(
        name=row["our_name"], id_number=row["our_id"], level=row["our_level"], state=state,
        state_name=OUR_STATE_NAMES[OurState(state)] if state else "—", approved_on=row["our_approved"],
        registered_on=row["our_start"], end=row["our_end"], body=None,
    )  # fmt: skip


def national(row: asyncpg.Record) -> Side | None:
    if row["entry"] is None:
        return None
    state, shown = row["national_state"], f"{row['id_head']}**********{row['id_tail']}"
    return Side(
        name=row["name"], id_number=shown if shown.strip("*") else None, level=row["level"], state=state,
        state_name=in_words(state, row["status_word"]), approved_on=row["approved_on"],
        registered_on=row["registered_on"], end=row["end_on"], body=row["body"],
    )  # fmt: skip


def in_words(state: str | None, word: str | None) -> str:
    """In the file's own word, for nobody else knows what was meant by one that is not in the list."""
    if state == NationalState.LAPSED:
        return f"{word}（有效期已过）"
    known = next((name for status, name in NATIONAL_STATUS_NAMES.items() if status.value == state), None)
    return word or known or "没有写明"


def narrowed(sought: Sought, today: date) -> Conditions:
    conditions = Conditions()
    if sought.kind is not None:
        conditions.add("k.kind = {}", sought.kind.value)
    if sought.state is not None:
        conditions.add("k.state = {}", sought.state.value)
    if sought.unfinished:
        conditions.parts.append("k.state <> 'closed'")
    if sought.due:
        conditions.add("(k.state = 'open' or (k.state = 'postponed' and k.until <= {}))", today)
    if sought.older_than is not None:
        conditions.add("k.opened_at < {}::date::timestamp at time zone 'Asia/Shanghai'",
                       today - timedelta(days=sought.older_than))  # fmt: skip
    return conditions


async def cases(
    db: asyncpg.Connection, actor: Actor, sought: Sought, today: date, *,
    within: Sequence[Any], limit: int, cursor: str | None,
) -> Page[CaseOut]:  # fmt: skip
    """The oldest first."""
    conditions = narrowed(sought, today)
    for ranges in within:
        conditions.within("k.division", ranges)
    return await listing.page(
        db, SELECT, conditions, key=OLDEST, cursor=cursor, limit=limit, made=partial(made, actor=actor, today=today)
    )


async def case(db: asyncpg.Connection, actor: Actor, id: UUID, today: date, permission: str = READ) -> CaseOut:
    conditions = Conditions()
    conditions.add("k.id = {}", id)
    conditions.within("k.division", actor.ranges(permission))
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor, today=today))


def version(row: asyncpg.Record) -> CaseVersion:
    return CaseVersion.model_validate(dict(row))


async def history(
    db: asyncpg.Connection, actor: Actor, id: UUID, today: date, *, limit: int, cursor: str | None
) -> Page[CaseVersion]:
    await case(db, actor, id, today)
    conditions = Conditions()
    conditions.add("h.id = {}", str(id))
    conditions.add("(h.recorded_to is null or h.recorded_to > h.recorded_from)")
    key: listing.Key = [("h.recorded_from", datetime.fromisoformat)]
    return await listing.page(
        db, HISTORY, conditions, key=key, cursor=cursor, limit=limit, made=version, descending=True
    )


async def for_update(tx: AsyncSession, actor: Actor, id: UUID) -> ReconciliationCase:
    rows = await tx.exec(select(ReconciliationCase).where(col(ReconciliationCase.id) == id).with_for_update())
    found = rows.one_or_none()
    if found is None or not actor.reaches(REVIEW, found.division):
        raise NotFound(NOT_HERE)
    return found


# ── exports ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def snapshot(row: asyncpg.Record, *, actor: Actor) -> SnapshotOut:
    """Who only sees that there is one is not told what its file is called, nor who uploaded it."""
    own = actor.reaches(READ, row["division"])
    compares = row["current"] and actor.reaches(WRITE, row["division"])
    shown = {} if own else {"file_name": "", "made_by": ""}
    return SnapshotOut.model_validate({**row, **shown, "may": ["compare"] if compares else []})


async def snapshots(
    db: asyncpg.Connection, actor: Actor, *, within: Sequence[Any], limit: int, cursor: str | None
) -> Page[SnapshotOut]:
    """The newest first."""
    conditions = Conditions()
    for ranges in within:
        conditions.within("s.division", ranges)
    key: listing.Key = [("s.exported_on", date.fromisoformat), ("s.id", UUID)]
    made_for = partial(snapshot, actor=actor)
    return await listing.page(
        db, EXPORTS, conditions, key=key, cursor=cursor, limit=limit, made=made_for, descending=True
    )


async def snapshots_of(db: asyncpg.Connection, actor: Actor, ids: Sequence[UUID]) -> list[SnapshotOut]:
    """Those that lie above the asker's area as well."""
    rows = "where s.id = any($1) order by s.division limit 100"
    return [snapshot(r, actor=actor) for r in await db.fetch(EXPORTS.format(keys="", rows=rows), list(ids))]


async def one_snapshot(db: asyncpg.Connection, actor: Actor, id: UUID, permission: str) -> SnapshotOut:
    conditions = Conditions()
    conditions.add("s.id = {}", id)
    conditions.within("s.division", actor.ranges(permission))
    return await listing.one(db, EXPORTS, conditions, made=partial(snapshot, actor=actor))
