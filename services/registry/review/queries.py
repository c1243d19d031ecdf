"""Every question put to the queues, and to the templates of reasons."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.contracts.divisions import CodeRange
from services.contracts.registrations import ApplicationKind, ApplicationOut, ApplicationState
from services.contracts.registry import Level
from services.contracts.review import (
    CaseOut,
    ClaimOut,
    ComparisonOut,
    DecisionKind,
    Held,
    Queue,
    QueueCount,
    QueuesOut,
    TemplateOut,
)
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.registry.calendar.queries import calendars
from services.registry.calendar.rules import Calendar, latest_overdue, working_days_after
from services.registry.notices.queries import above
from services.registry.people.queries import person
from services.registry.registrations import parameters as p
from services.registry.registrations import queries as registrations
from services.registry.registrations.commands import REVIEW
from services.registry.registrations.roles import CITY, DISTRICT, above_at
from services.registry.registrations.states import DECIDING
from services.registry.review import rules
from services.registry.review.rules import REVIEWED, queue_of

Within = Sequence[Sequence[CodeRange]]
# `$1` is the time: whose claim is over holds nothing.
JOINED = "left join review_claim h on h.application_id = a.id and h.until > $1 {rows}"
SELECT = registrations.SELECT.replace("{keys}", ", h.held_by, h.held_name, h.until{keys}").replace("{rows}", JOINED)
COUNTED = """
select a.state, a.kind, count(*) as count, count(*) filter (where a.accepted_on <= $2) as overdue,
  count(h.application_id) as held, min(a.accepted_on) as oldest,
  min(a.accepted_on) filter (where a.accepted_on > $2) as coming
from registration_application a
left join review_claim h on h.application_id = a.id and h.until > $1 where {rows} group by 1, 2"""


class Sought(NamedTuple):
    kind: ApplicationKind | None = None
    level: Level | None = None
    held: Held | None = None
    overdue: bool = False

    def conditions(self, conditions: Conditions, asker: str) -> None:
        for column, value in (("a.kind", self.kind), ("c.level", self.level)):
            if value is not None:
                conditions.add(f"{column} = {{}}", value)
        if self.held is Held.NOBODY:
            conditions.add("h.held_by is null")
        elif self.held is not None:
            conditions.add(f"h.held_by {'=' if self.held is Held.MINE else '<>'} {{}}", asker)


# ── counts ───────────────────────────────────────────────────────────────────────────────────────────────────────────
async def counts(db: asyncpg.Connection, actor: Actor, within: Within, now: datetime, today: date) -> QueuesOut:
    """By state and kind, put into the queues by the one function that knows them."""
    calendar, threshold = await overdue_by(db, within, today)
    conditions = Conditions()
    conditions.value(now)
    conditions.value(threshold)
    for ranges in within:
        conditions.within("a.division", ranges)
    rows = await db.fetch(COUNTED.format(rows=conditions.sql()), *conditions.parameters)
    waiting: dict[Queue | None, list[asyncpg.Record]] = {}
    for row in rows:
        queue = queue_of(ApplicationState(row["state"]), ApplicationKind(row["kind"]))
        waiting.setdefault(queue, []).append(row)
    counted = [one_queue(actor, queue, waiting.get(queue, []), calendar, today) for queue in Queue]
    final = sum(row["count"] for row in waiting.get(None, []))
    return QueuesOut(items=counted, final=final, all=sum(row["count"] for row in rows))


async def overdue_by(db: asyncpg.Connection, within: Within, today: date) -> tuple[Calendar, date]:
    """The calendar of where is looked, and the last day on which a clock began that has run out."""
    lowest = max((r.low for ranges in within for r in ranges), default="0" * 12)
    calendar = (await calendars(db, [lowest]))[lowest]
    return calendar, latest_overdue(today, p.on(p.DECISION_DAYS, today) or 0, calendar)


def one_queue(
    actor: Actor, queue: Queue, rows: Sequence[asyncpg.Record], calendar: Calendar, today: date
) -> QueueCount:
    """A clock runs where a review is waited for (REG-10); without the tables since it began nobody is late for sure."""
    oldest = min((row["oldest"] for row in rows if row["oldest"]), default=None)
    coming = min((row["coming"] for row in rows if row["coming"]), default=None)
    days, clocked = p.on(p.DECISION_DAYS, today), queue in REVIEWED
    late = sum(row["overdue"] for row in rows) if clocked else 0
    decided = oldest is None or all(year in calendar.years for year in range(oldest.year, today.year + 1))
    return QueueCount(
        queue=queue, count=sum(row["count"] for row in rows), overdue=late if decided or not clocked else None,
        overdue_estimated=late, held=sum(row["held"] for row in rows), oldest_on=oldest,
        deadline=working_days_after(coming, days, calendar) if clocked and coming and days else None,
        may_take=clocked and bool(taking(actor, queue)),
    )  # fmt: skip


def taking(actor: Actor, queue: Queue) -> list[CodeRange]:
    """Where the asker reviews on the level of the queue: who does so finally reaches the whole city."""
    digits = CITY if queue is Queue.FINAL_REVIEW else DISTRICT
    return [r for r in actor.ranges(REVIEW) if above_at(r.low, digits) in r]


# ── one queue ────────────────────────────────────────────────────────────────────────────────────────────────────────
async def queued(
    db: asyncpg.Connection,
    actor: Actor,
    queue: Queue,
    sought: Sought,
    *,
    within: Within,
    now: datetime,
    today: date,
    limit: int,
    cursor: str | None,
) -> Page[CaseOut]:
    """Whoever has waited longest comes first, and so has the nearest deadline; drafts by when they were begun."""
    conditions = Conditions()
    conditions.value(now)
    conditions.add("a.state = any({})", [s.value for s in rules.states_of(queue)])
    conditions.add("a.kind = any({})", [k.value for k in rules.kinds_of(queue)])
    for ranges in within:
        conditions.within("a.division", ranges)
    sought.conditions(conditions, actor.id)
    if sought.overdue:
        conditions.add("a.accepted_on <= {}", (await overdue_by(db, within, today))[1])
        conditions.add("a.state = any({})", [s.value for s in REVIEWED.values()])
    key: listing.Key = [("a.id", UUID)] if queue is Queue.DRAFTING else registrations.BY_CLOCK
    made_for = partial(made, actor=actor, today=today)
    page = await listing.page(db, SELECT, conditions, key=key, cursor=cursor, limit=limit, made=made_for)
    return Page(items=await clocked(db, page.items, today), next=page.next)


async def case(
    db: asyncpg.Connection, actor: Actor, id: UUID, now: datetime, today: date, permission: str = "registry:read"
) -> CaseOut:
    conditions = Conditions()
    conditions.value(now)
    conditions.add("a.id = {}", id)
    conditions.within("a.division", actor.ranges(permission))
    found = await listing.one(db, SELECT, conditions, made=partial(made, actor=actor, today=today))
    return (await clocked(db, [found], today))[0]


async def clocked(db: asyncpg.Connection, cases: Sequence[CaseOut], today: date) -> list[CaseOut]:
    known = await registrations.with_deadlines(db, [case.application for case in cases], today)
    return [case.model_copy(update={"application": a}) for case, a in zip(cases, known, strict=True)]


def made(row: asyncpg.Record, *, actor: Actor, today: date) -> CaseOut:
    application = registrations.made(row, actor=actor, today=today)
    mine = row["held_by"] == actor.id
    found = ClaimOut.model_validate({**row, "mine": mine}) if row["held_by"] else None
    may = ["release"] if mine else ["claim"] if found is None and DECIDING & set(application.may) else []
    return CaseOut(
        application=application, queue=queue_of(application.state, application.kind), claim=found, may=may
    )  # fmt: skip


# ── what was known before ────────────────────────────────────────────────────────────────────────────────────────────
BEFORE = "a.certificate_id = {} and a.id < {} and a.state not in ('draft', 'withdrawn')"


async def comparison(db: asyncpg.Connection, actor: Actor, id: UUID, today: date) -> ComparisonOut:
    application = await registrations.application(db, actor, id, today)
    try:
        known = await person(db, actor, application.person_id, on=today)
    except NotFound:  # she counts elsewhere by now: what cannot be seen is not compared
        known = None
    before = await previous(db, actor, application, today)
    return ComparisonOut(
        items=rules.compared(application, known, before), previous_id=before.id if before else None,
        previous_number=before.number if before else None, previous_reason=before.reason if before else None,
    )  # fmt: skip


async def previous(
    db: asyncpg.Connection, actor: Actor, application: ApplicationOut, today: date
) -> ApplicationOut | None:
    conditions = Conditions()
    conditions.add(BEFORE, application.certificate_id, application.id)
    conditions.within("a.division", actor.ranges("registry:read"))
    found = await listing.page(
        db, registrations.SELECT, conditions, key=registrations.NEWEST, cursor=None, limit=1, descending=True,
        made=partial(registrations.made, actor=actor, today=today),
    )  # fmt: skip
    return next(iter(found.items), None)


# ── templates ────────────────────────────────────────────────────────────────────────────────────────────────────────
TEMPLATES = """
select t.id, t.division, t.decision, t.text, t.legal_basis, t.begins, t.ends, t.set_by{keys}
from reason_template t {rows}"""


def template_made(row: asyncpg.Record, *, actor: Actor, on: date) -> TemplateOut:
    over = row["ends"] is not None and row["ends"] <= on
    may = ["change", "end"] if not over and actor.reaches(REVIEW, row["division"]) else []
    return TemplateOut(**dict(list(row.items())[:8]), in_force=row["begins"] <= on and not over, may=may)


async def templates(
    db: asyncpg.Connection,
    actor: Actor,
    division: str | None,
    decision: DecisionKind | None,
    *,
    on: date,
    limit: int,
    cursor: str | None,
) -> Page[TemplateOut]:
    """What holds in a division and in what lies above it, or all there are; what is over is left out."""
    conditions = Conditions()
    conditions.add("(t.ends is null or t.ends > {})", on)
    if division is not None:
        conditions.add("t.division = any({})", above(division))
    if decision is not None:
        conditions.add("t.decision = {}", decision)
    made_for = partial(template_made, actor=actor, on=on)
    return await listing.page(
        db, TEMPLATES, conditions, key=[("t.id", UUID)], cursor=cursor, limit=limit, made=made_for
    )


async def template(db: asyncpg.Connection, actor: Actor, id: UUID, on: date) -> TemplateOut:
    conditions = Conditions()
    conditions.add("t.id = {}", id)
    return await listing.one(db, TEMPLATES, conditions, made=partial(template_made, actor=actor, on=on))
