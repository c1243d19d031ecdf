"""Every question put to the copy of what training says."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

import asyncpg

from services.contracts.training import Credit
from services.kernel.clock import business_date
from services.registry.education.rules import SOURCE, UNHEARD, Education

# What training said last of some of them may not have been understood: of these nothing is known.
HEARD = """
select followed_at, array(
  select substr(k.subject, 8)::uuid from feed_parked k where k.source = $1 and k.subject like 'person:%') as parked
from feed_cursor where source = $1"""
CREDITS = "select c.person_id, c.day, c.form, c.minutes from education_credit c where c.person_id = any($1)"


async def education(db: asyncpg.Connection, people: Collection[UUID]) -> dict[UUID, Education]:
    """Of each; that nothing is kept of somebody says only since the last hearing that there is nothing."""
    heard = await db.fetchrow(HEARD, SOURCE)
    if heard is None or heard["followed_at"] is None:
        return dict.fromkeys(people, UNHEARD)
    heard_on = business_date(heard["followed_at"])
    credits: dict[UUID, list[Credit]] = defaultdict(list)
    for row in await db.fetch(CREDITS, list(people)):
        credits[row["person_id"]].append(Credit(day=row["day"], form=row["form"], minutes=row["minutes"]))
    known = {person: Education(heard_on, credits[person]) for person in people}
    return {**known, **dict.fromkeys(set(people).intersection(heard["parked"]), UNHEARD)}
