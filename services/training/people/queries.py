"""What is asked about one person's hours."""

from datetime import date
from uuid import UUID

import asyncpg

from services.contracts.registry import PersonRecord
from services.contracts.training import StatementLine, StatementOut
from services.kernel.actor import Actor
from services.kernel.copies import together
from services.kernel.errors import Gone, NotFound
from services.kernel.listing import NOT_HERE
from services.training.hours import class_hour, class_hours
from services.training.people import rules
from services.training.publishing import COUNTED, ids_in

PERSON = """
select p.record::text as record, d.record->>'name' as division_name from person_here p
  left join known_subject d on d.subject = 'division:' || (p.record->>'division')
where p.subject = $1"""
LINES = """
select a.id as attendance_id, a.session_id, s.title, s.kind, a.day, a.minutes, a.state,
  coalesce(s.organizer_name, o.record->>'name') as organizer_name
from attendance a cross join lateral session_of(a.session_id) s
  left join known_subject o on o.subject = 'organization:' || s.organizer_id
where a.person_id = any($1) and a.day >= $2 and a.day < $3 order by a.day, a.id limit 2000"""
APPROVED = f"select a.day, a.minutes {COUNTED}"


class PersonMerged(Gone):
    english = "This record was found to be another person's, and has become that one."


async def statement(db: asyncpg.Connection, actor: Actor, id: UUID, year: int) -> StatementOut:
    """CE-14. All that was approved counts; the lines of the year are shown whatever their state."""
    row = await db.fetchrow(PERSON, f"person:{id}")
    if row is None:
        raise NotFound(NOT_HERE)
    person = PersonRecord.model_validate_json(row["record"])
    actor.require_at("training:read", person.division)
    if person.merged_into is not None:
        detail = "这条记录与另一条是同一人，已合并，学时记在合并后的记录上。请改用那条记录。"
        raise PersonMerged(detail, params={"merged_into": str(person.merged_into)})
    whole, everybody = rules.of_year(year), ids_in(await together(db, [f"person:{id}"]))
    attended: list[tuple[date, int]] = [(r["day"], r["minutes"]) for r in await db.fetch(APPROVED, *everybody)]
    counted = rules.within(whole, attended)
    bound = person.direct_service is True
    return StatementOut(
        person_id=id,
        division=person.division,
        division_name=row["division_name"],
        year=year,
        direct_service=person.direct_service,
        minutes=sum(m for _, m in counted),
        class_hours=class_hours(sum(m for _, m in counted), year),
        minutes_per_class_hour=class_hour(year),
        compliant_since=rules.since(year, attended) if bound else None,
        requirements=[rules.annual(person, year, attended), rules.of_period(person, year, attended)],
        items=[line(r) for r in await db.fetch(LINES, everybody[0], whole.start, whole.end)],
    )


def line(row: asyncpg.Record) -> StatementLine:
    return StatementLine.model_validate({**row, "class_hours": class_hours(row["minutes"], row["day"].year)})
