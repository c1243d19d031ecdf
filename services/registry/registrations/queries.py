"""Every question put to the tables of applications and amnesty windows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import partial
from typing import NamedTuple
from uuid import UUID

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import CodeRange
from services.contracts.education import EducationStanding
from services.contracts.registrations import (
    AmnestyOut,
    ApplicationKind,
    ApplicationOut,
    ApplicationState,
    Cancellation,
    ChangeOut,
    EndedAs,
    Item,
    TermOut,
)
from services.contracts.registry import Level
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.errors import NotFound
from services.kernel.listing import NOT_HERE, Conditions
from services.kernel.paging import Page
from services.registry.calendar.queries import calendars
from services.registry.calendar.rules import NO_TABLE, Calendar, is_overdue, latest_overdue, working_days_after
from services.registry.education.queries import education
from services.registry.notices.queries import above
from services.registry.registrations import parameters as p
from services.registry.registrations import states
from services.registry.registrations.models import RegistrationApplication
from services.registry.registrations.roles import roles_of
from services.registry.registrations.standing import Case, Standing, Term
from services.registry.registrations.windows import Amnesty

Within = Sequence[Sequence[CodeRange]]
SELECT = """
select a.id, a.number, a.kind, a.state, a.person_id, person_name(a.person_id) as person_name, a.certificate_id,
  c.level, a.division, a.place, a.items, a.late_reason, a.new_employer_id, a.new_division,
  organization_name(a.new_employer_id) as new_employer_name, a.new_name, a.new_phone_masked,
  a.ground, a.effective_on, a.refusal_ground, a.education::text as education, a.submitted_on, a.accepted_on,
  a.missing, a.notified_on, a.reason, a.entered_by, a.first_by, a.first_on, a.final_by, a.final_on, a.registered_on,
  a.registration_number, a.version{keys}
from registration_application a left join certificate c on c.id = a.certificate_id {rows}"""


class Sort(StrEnum):
    """`DEADLINE`: the clock is as long for all, so that whoever has waited longest comes first."""

    NEWEST = "newest"
    DEADLINE = "deadline"


class Sought(NamedTuple):
    """What a list is narrowed by, and how it is sorted; what is overdue is sorted by its clock."""

    state: Collection[ApplicationState] | None = None
    kind: ApplicationKind | None = None
    level: Level | None = None
    person_id: UUID | None = None
    overdue: bool = False
    sort: Sort = Sort.NEWEST

    def conditions(self) -> Conditions:
        found = Conditions()
        if self.state:
            found.add("a.state = any({})", [s.value for s in self.state])
        for column, value in (("a.kind", self.kind), ("c.level", self.level), ("a.person_id", self.person_id)):
            if value is not None:
                found.add(f"{column} = {{}}", value)
        return found


NEWEST: listing.Key = [("a.id", UUID)]
BY_CLOCK: listing.Key = [("a.accepted_on", date.fromisoformat), ("a.id", UUID)]


def made(row: asyncpg.Record, *, actor: Actor, today: date) -> ApplicationOut:
    """Without its deadline, for which the calendar must be known."""
    kind, state = ApplicationKind(row["kind"]), ApplicationState(row["state"])
    new = {
        "employer_id": row["new_employer_id"], "division": row["new_division"], "name": row["new_name"],
        "phone": row["new_phone_masked"],
    }  # fmt: skip
    education = row["education"]
    waits = state in states.CLOCK_RUNS and row["accepted_on"] is not None
    own, first = actor.id in row["entered_by"], actor.id == row["first_by"]
    return ApplicationOut.model_validate({
        **row,
        "change": ChangeOut(**new) if any(new.values()) else None,
        "education": None if education is None else EducationStanding.model_validate_json(education),
        "cancellation": cancellation_of(row["ground"], row["effective_on"]),
        "open_days": (today - row["accepted_on"]).days if waits else None,
        "deadline": None,
        "overdue": None,
        "may": states.may(state, kind, roles_of(actor, row["division"]), own=own, first=first),
    })  # fmt: skip


def cancellation_of(ground: str | None, effective_on: date | None) -> Cancellation | None:
    if ground is None or effective_on is None:
        return None
    return Cancellation.model_validate({"ground": ground, "effective_on": effective_on})


async def with_deadlines(db: asyncpg.Connection, found: Sequence[ApplicationOut], today: date) -> list[ApplicationOut]:
    """Of those whose clock runs; the calendars of all of them in one statement."""
    known = await calendars(db, {a.division for a in found if a.open_days is not None})
    return [clocked(a, known.get(a.division, NO_TABLE), today) for a in found]


def clocked(application: ApplicationOut, calendar: Calendar, today: date) -> ApplicationOut:
    if application.open_days is None or application.accepted_on is None:
        return application
    days = p.on(p.DECISION_DAYS, application.accepted_on)
    if days is None:
        return application
    deadline = working_days_after(application.accepted_on, days, calendar)
    return application.model_copy(update={"deadline": deadline, "overdue": is_overdue(deadline, today)})


async def applications(
    db: asyncpg.Connection,
    actor: Actor,
    sought: Sought,
    *,
    within: Within,
    today: date,
    limit: int,
    cursor: str | None,
) -> Page[ApplicationOut]:
    conditions, by_clock = sought.conditions(), sought.overdue or sought.sort is Sort.DEADLINE
    for ranges in within:
        conditions.within("a.division", ranges)
    if by_clock:
        conditions.add("a.state = any({})", [s.value for s in states.CLOCK_RUNS])
    if sought.overdue:
        conditions.add("a.accepted_on <= {}", await begun_before(db, within, today))
    key, descending = (BY_CLOCK, False) if by_clock else (NEWEST, True)
    page = await listing.page(
        db, SELECT, conditions, key=key, cursor=cursor, limit=limit, descending=descending,
        made=partial(made, actor=actor, today=today),
    )  # fmt: skip
    return Page(items=await with_deadlines(db, page.items, today), next=page.next)


async def begun_before(db: asyncpg.Connection, within: Within, today: date) -> date:
    """Whose clock began by then has run out, by the calendar of where is looked."""
    lowest = max((r.low for ranges in within for r in ranges), default="0" * 12)
    calendar = (await calendars(db, [lowest]))[lowest]
    return latest_overdue(today, p.on(p.DECISION_DAYS, today) or 0, calendar)


async def application(
    db: asyncpg.Connection, actor: Actor, id: UUID, today: date, permission: str = "registry:read"
) -> ApplicationOut:
    conditions = Conditions()
    conditions.add("a.id = {}", id)
    conditions.within("a.division", actor.ranges(permission))
    found = await listing.one(db, SELECT, conditions, made=partial(made, actor=actor, today=today))
    return (await with_deadlines(db, [found], today))[0]


async def for_update(tx: AsyncSession, actor: Actor, permission: str, id: UUID) -> RegistrationApplication:
    found = await all_for_update(tx, actor, permission, [id])
    if not found:
        raise NotFound(NOT_HERE)
    return found[0]


async def all_for_update(
    tx: AsyncSession, actor: Actor, permission: str, ids: Collection[UUID]
) -> list[RegistrationApplication]:
    """Those within reach, by id."""
    one = RegistrationApplication
    asked = select(one).where(col(one.id).in_(ids)).order_by(col(one.id)).with_for_update()
    return [a for a in (await tx.exec(asked)).all() if actor.reaches(permission, a.division)]


# ── what an application is judged by ────────────────────────────────────────────────────────────────────────────────
CERTIFICATES = """
select c.id, c.person_id, c.level, c.approved_on, c.ended_on from certificate c where c.id = any($1)"""
TERMS = """
select r.id, r.person_id, r.certificate_id, c.level, r.start_on, r.end_on, r.ended_as
from registration r join certificate c on c.id = r.certificate_id
where r.person_id = any($1) order by r.start_on, r.id"""
AMNESTIES = """
select w.division, w.kind, w.first_on, w.last_on, w.approved_from, w.approved_until from amnesty_window w
where w.division = any($1) order by w.first_on desc limit 500"""


async def standings(db: asyncpg.Connection, certificates: Collection[UUID]) -> dict[UUID, Standing]:
    """By certificate. Asked where everything is within reach: a person's terms may lie where they count by now."""
    rows = await db.fetch(CERTIFICATES, list(certificates))
    known = await education(db, {r["person_id"] for r in rows})
    terms: dict[UUID, list[Term]] = {}
    for id, person, certificate, level, start, end, ended in await db.fetch(TERMS, [r["person_id"] for r in rows]):
        ended_as = None if ended is None else EndedAs(ended)
        terms.setdefault(person, []).append(Term(id, certificate, Level(level), start, end, ended_as))
    return {
        r["id"]: Standing(
            r["person_id"],
            r["id"],
            Level(r["level"]),
            r["approved_on"],
            r["ended_on"],
            terms.get(r["person_id"], []),
            known[r["person_id"]],
        )
        for r in rows
    }


async def amnesties(db: asyncpg.Connection, divisions: Iterable[str]) -> Mapping[str, list[Amnesty]]:
    """What holds in each division."""
    lines = {division: above(division) for division in set(divisions)}
    rows = await db.fetch(AMNESTIES, sorted({code for line in lines.values() for code in line}))
    return {
        division: [Amnesty(ApplicationKind(kind), *days) for of, kind, *days in rows if of in line]
        for division, line in lines.items()
    }


def case_of(a: RegistrationApplication, today: date) -> Case:
    """As it was handed in, or would be today."""
    cancellation = cancellation_of(a.ground, a.effective_on)
    items = frozenset(map(Item, a.items))
    return Case(a.kind, a.state, items, a.late_reason, cancellation, a.submitted_on or today, today)


# ── terms, amnesties ─────────────────────────────────────────────────────────────────────────────────────────────────
TERMS_OF = """
select r.id, r.person_id, r.certificate_id, c.level, p.division, r.start_on as start, r.end_on as "end", r.ended_as,
  r.granted_until, r.ground, r.application_id{keys}
from registration r join person p on p.id = r.person_id join certificate c on c.id = r.certificate_id {rows}"""


def term_made(row: asyncpg.Record, *, on: date) -> TermOut:
    ended_as = row["ended_as"] and EndedAs(row["ended_as"])
    return TermOut.model_validate({**row, "state": states.term_state(row["start"], row["end"], ended_as, on)})


async def term(db: asyncpg.Connection, actor: Actor, id: UUID, on: date, permission: str = "registry:read") -> TermOut:
    conditions = Conditions()
    conditions.add("r.id = {}", id)
    conditions.within("p.division", actor.ranges(permission))
    return await listing.one(db, TERMS_OF, conditions, made=partial(term_made, on=on))


async def terms(
    db: asyncpg.Connection, actor: Actor, certificate: UUID, on: date, permission: str = "registry:read"
) -> list[TermOut]:
    """Of one certificate, by their start: where one does not begin when the one before ends there is a gap."""
    conditions = Conditions()
    conditions.add("r.certificate_id = {}", certificate)
    conditions.within("p.division", actor.ranges(permission))
    key: listing.Key = [("r.start_on", date.fromisoformat), ("r.id", UUID)]
    made_on = partial(term_made, on=on)
    return (await listing.page(db, TERMS_OF, conditions, key=key, cursor=None, limit=200, made=made_on)).items


AMNESTY = """
select w.id, w.division, w.kind, w.first_on, w.last_on, w.approved_from, w.approved_until, w.source{keys}
from amnesty_window w {rows}"""


def amnesty_made(row: asyncpg.Record) -> AmnestyOut:
    return AmnestyOut.model_validate(dict(row))


async def amnesty_windows(
    db: asyncpg.Connection, division: str | None, *, limit: int, cursor: str | None
) -> Page[AmnestyOut]:
    """Published: whoever is signed in may read them. The newest first."""
    conditions = Conditions()
    if division is not None:
        conditions.add("w.division = any({})", above(division))
    return await listing.page(
        db, AMNESTY, conditions, key=[("w.id", UUID)], cursor=cursor, limit=limit, made=amnesty_made, descending=True
    )


async def amnesty(db: asyncpg.Connection, id: UUID) -> AmnestyOut:
    conditions = Conditions()
    conditions.add("w.id = {}", id)
    return await listing.one(db, AMNESTY, conditions, made=amnesty_made)
