"""Every question put to the table of holidays."""

from collections.abc import Iterable
from datetime import date

import asyncpg

from services.contracts.working_days import DayKind, HolidayOut
from services.registry.calendar.rules import Calendar
from services.registry.notices.queries import above

# What lies above comes before what lies below, by their codes: of one day the nearest is read last, and holds.
# Whoever set a table wrote the event with it: the last one for its year is of the table that is there.
FOUND = """
select h.id, h.division, h."on", h.kind, h.name, h.source, e.actor as entered_by, e.at as entered_at from holiday h
left join (
  select distinct on (e.subject) e.subject, e.actor, e.at from event e
  where e.subject in (select 'division:' || division from holiday where "on" between $2 and $3)
    and e.kind = 'HolidaysPublished' and e.body->>'year' = extract(year from $2::date)::text
  order by e.subject, e.at desc
) e on e.subject = 'division:' || h.division
where ($1::text[] is null or h.division = any($1)) and h."on" between $2 and $3
order by h."on", h.division limit 500"""
ALL = 'select h.division, h."on", h.kind from holiday h where h.division = any($1) order by h.division, h."on"'


async def holidays(db: asyncpg.Connection, division: str | None, year: int) -> list[HolidayOut]:
    """Of one year, by date; those that hold in a division, or all there are."""
    nearest = None if division is None else above(division)
    rows = await db.fetch(FOUND, nearest, date(year, 1, 1), date(year, 12, 31))
    return [HolidayOut.model_validate(dict(row)) for row in rows]


async def calendars(db: asyncpg.Connection, divisions: Iterable[str]) -> dict[str, Calendar]:
    """What holds in each division, in one statement."""
    lines = {division: above(division) for division in set(divisions)}
    said: dict[str, list[tuple[date, DayKind]]] = {}
    for division, on, kind in await db.fetch(ALL, sorted({code for line in lines.values() for code in line})):
        said.setdefault(division, []).append((on, DayKind(kind)))
    found = {}
    for division, line in lines.items():
        days = {on: kind for code in line for on, kind in said.get(code, ())}
        found[division] = Calendar(days, frozenset(on.year for on in days))
    return found


async def calendar_of(db: asyncpg.Connection, division: str) -> Calendar:
    return (await calendars(db, [division]))[division]
