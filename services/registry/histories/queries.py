"""Every question put to events and history twins about one record: a page of events, and what each has changed."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from services.contracts.corrections import HistoryEntry
from services.kernel import listing
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.registry.histories import words

# Whose events are told on the page of a record: its own, and those of what belongs to it, as far as the asker reaches.
OF_PERSON = """
select 'person:' || $1::uuid as subject
union all select 'certificate:' || id from certificate where person_id = $1
union all select 'registration:' || id from registration where person_id = $1
union all select 'registration_application:' || id from registration_application where person_id = $1
union all select 'assignment:' || id from assignment where person_id = $1"""
OF_REGISTRATION = """
select 'registration:' || id as subject from registration where id = $1
union all select 'registration_application:' || application_id from registration
  where id = $1 and application_id is not null"""
OF_APPLICATION = """
select 'registration_application:' || id as subject from registration_application where id = $1
union all select 'registration:' || id from registration where application_id = $1"""
EVENTS = "select e.id, e.at, e.actor, e.kind, e.subject, e.body, e.xact{keys} from event e {rows}"
NEWEST: listing.Key = [("e.id", UUID)]
# What one transaction made of a row, and what it was before: versions meet in a moment.
VERSIONS = """
select h.id, h.xact, h.recorded_from, h.row, b.row as before
from {0}_history h left join {0}_history b on b.id = h.id and b.recorded_to = h.recorded_from
where h.id = any($1) and h.xact = any($2) order by h.recorded_from"""
NAMES = """
select d.code as key, d.name from division d where d.code = any($1)
union all select i::text, organization_name(i) from unnest($2::uuid[]) i where organization_name(i) is not null
union all select s.id::text, s.name from service_point s where s.id = any($3::uuid[])"""
DIVISIONS, ORGANIZATIONS, POINTS = (
    ("division", "new_division"),
    ("employer_id", "new_employer_id"),
    ("service_point_id",),
)


class Told(BaseModel):
    """An event as it was read, with the transaction that it belongs to."""

    entry: HistoryEntry
    xact: int
    said: list[str]


class Version(NamedTuple):
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]


Versions = dict[tuple[str, int], Version]  # by subject and transaction


def told(row: asyncpg.Record) -> Told:
    body = json.loads(row["body"])
    table = row["subject"].partition(":")[0]
    entry = HistoryEntry(
        id=row["id"], at=row["at"], actor=row["actor"], kind=row["kind"], what=words.what(row["kind"], body),
        subject=row["subject"], about=words.ABOUT.get(table, table), batch_id=body.get("batch_id"), changes=[],
    )  # fmt: skip
    return Told(entry=entry, xact=row["xact"], said=body.get("fields") or [])


async def history(
    db: asyncpg.Connection, subjects: str, id: UUID, *, limit: int, cursor: str | None
) -> Page[HistoryEntry]:
    """Newest first. Whoever asks has been let to the record itself."""
    conditions = Conditions()
    of = [row["subject"] for row in await db.fetch(subjects, id)]
    conditions.add("e.subject = any({}) and e.kind = any({})", of, list(words.KINDS))
    page = await listing.page(
        db, EVENTS, conditions, key=NEWEST, cursor=cursor, limit=limit, made=told, descending=True
    )
    versions = await versions_of(db, page.items)
    names = await names_of(db, versions.values())
    return Page(items=[with_changes(t, versions, names) for t in page.items], next=page.next)


async def versions_of(db: asyncpg.Connection, events: Sequence[Told]) -> Versions:
    """One question for each kind of record. What lies out of reach is not there, and its event stands without."""
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.entry.kind in words.CHANGING:
            table, _, id = event.entry.subject.partition(":")
            ids[table].add(id)
    found: Versions = {}
    for table in ids.keys() & words.FIELDS.keys():
        for row in await db.fetch(VERSIONS.format(table), list(ids[table]), [e.xact for e in events]):
            at, after = (f"{table}:{row['id']}", row["xact"]), json.loads(row["row"])
            before = json.loads(row["before"]) if row["before"] else None
            found[at] = Version(found[at].before if at in found else before, after)
    return found


async def names_of(db: asyncpg.Connection, versions: Iterable[Version]) -> dict[str, str]:
    """Of what rows name by code or id."""
    rows = [row for v in versions for row in v if row]

    def named(columns: Sequence[str]) -> list[str]:
        return sorted({str(row[c]) for row in rows for c in columns if row.get(c)})

    codes, organizations, points = named(DIVISIONS), named(ORGANIZATIONS), named(POINTS)
    if not (codes or organizations or points):
        return {}
    asked = codes, [UUID(i) for i in organizations], [UUID(i) for i in points]
    return {row["key"]: row["name"] for row in await db.fetch(NAMES, *asked)}


def with_changes(event: Told, versions: Versions, names: words.Names) -> HistoryEntry:
    entry = event.entry
    version = versions.get((entry.subject, event.xact)) if entry.kind in words.CHANGING else None
    if version is not None:
        table = entry.subject.partition(":")[0]
        entry.changes = words.changes(table, version.before, version.after, event.said, names)
    return entry
