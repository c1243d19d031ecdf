"""Days between two terms of somebody; and how a term stood on a day, by what was known on another."""

from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID

import asyncpg
import orjson

from services.contracts.registration_terms import EndedAs, GapOut, TermAsKnown
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.clock import SHANGHAI
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.registry.registrations.queries import Within, term
from services.registry.registrations.states import term_state

# A term after which its person was not registered, and was again later, by whichever certificate.
GAPS = """
select r.id as registration_id, r.person_id, p.name as person_name, p.division, r.end_on as start,
  n.start_on as "end", n.start_on - r.end_on as days, n.id as next_registration_id{keys}
from registration r join person p on p.id = r.person_id
cross join lateral (
  select n.id, n.start_on from registration n
  where n.person_id = r.person_id and n.start_on > r.end_on and n.end_on > n.start_on
  order by n.start_on, n.id limit 1) n {rows}"""
LAST = """r.end_on > r.start_on and not exists (
  select from registration c where c.person_id = r.person_id and c.id <> r.id and c.start_on < c.end_on
    and c.start_on <= r.end_on and (c.end_on > r.end_on or (c.end_on = r.end_on and c.id < r.id)))"""
IN_ORDER: listing.Key = [("p.division", str), ("p.id", UUID), ("r.id", UUID)]
# As the history twin has it: which version of the row was the latest when that day ended.
KNOWN = """
select h.row::text as row from registration_history h
where h.id = $1 and h.recorded_from < $2 and (h.recorded_to is null or h.recorded_to >= $2)"""


async def gaps(
    db: asyncpg.Connection, *, within: Within, since: date | None, until: date | None, limit: int, cursor: str | None
) -> Page[GapOut]:
    """Of which at least one day lies from `since` to `until`, both included."""
    conditions = Conditions()
    for ranges in within:
        conditions.within("p.division", ranges)
    conditions.parts.append(LAST)
    if since is not None:
        conditions.add("n.start_on > {}", since)
    if until is not None:
        conditions.add("r.end_on <= {}", until)
    return await listing.page(db, GAPS, conditions, key=IN_ORDER, cursor=cursor, limit=limit, made=gap_made)


def gap_made(row: asyncpg.Record) -> GapOut:
    return GapOut.model_validate(dict(row))


async def as_known(db: asyncpg.Connection, actor: Actor, id: UUID, on: date, known: date) -> TermAsKnown:
    """Who may see it now may see what was known of it."""
    await term(db, actor, id, on)
    row = await db.fetchval(KNOWN, str(id), end_of(known))
    said = partial(TermAsKnown, registration_id=id, on=on, known=known)
    if row is None:
        return said(state=None, start=None, end=None, ground=None)
    kept = orjson.loads(row)
    start, end = date.fromisoformat(kept["start_on"]), date.fromisoformat(kept["end_on"])
    ended_as = EndedAs(kept["ended_as"]) if kept.get("ended_as") else None
    return said(state=term_state(start, end, ended_as, on), start=start, end=end, ground=kept.get("ground"))


def end_of(day: date) -> datetime:
    """In Shanghai."""
    return datetime.combine(day + timedelta(days=1), time.min, SHANGHAI)
